"""The demo, as a user starts it: the scenes of all systems at once, a page, and nothing left behind but that."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from markupsafe import escape

from bellwork.tasks.content.scenes.cases import CASES
from bellwork.tasks.content.scenes.class_list import FAULTS
from tests.ops.command import ROOT, bellwork, environment
from tests.ops.demo_pages import Page
from tests.stranger.place import SITE

if TYPE_CHECKING:
    from pathlib import Path

_ODD = """
from bellwork.systems import Check, Line, System

SYSTEM = System("odd", scenes="odd")

class Good:
    title = "One that goes well"
    def begin(self, place): self.place = place
    def progress(self): return [Line("order", "nothing", "done", over=True)]
    def checks(self): return [Check("It is well.", ok=True)]
    def exhibits(self): return []

class Wrong(Good):
    title = "One whose fact does not hold"
    def checks(self): return [Check("Two and two are five.", ok=False, found="<four>")]

class Raises(Good):
    title = "One that raises"
    def progress(self): raise RuntimeError("it fell over")

SCENES = (Good, Wrong, Raises)
"""


@pytest.mark.timeout(240)
def test_the_scenes_of_all_systems_end_as_they_should(tmp_path: Path) -> None:
    """A stranger's scene is found by its entry point; the page holds every film, letter and check, and all is text."""
    path = os.pathsep.join([str(SITE), str(ROOT)])
    settings = {"TMPDIR": str(_open(tmp_path)), "PYTHONPATH": path}
    done = bellwork("demo", "--json", cwd=tmp_path, settings=settings, timeout=210)
    report: dict[str, Any] = json.loads(done.stdout)
    scenes = report["scenes"]
    content, class_list = [scene for scene in scenes if scene["system"] == "content"]
    page = Page.read(report["page"])

    assert (0, True) == (done.returncode, report["ok"]), [_wrong(scene) for scene in scenes]
    assert 1 == len(done.stderr.splitlines()), done.stderr
    assert {"content", "companion", "courses", "support", "tutoring", "library", "bellwork"} <= {
        scene["system"] for scene in scenes
    }
    assert {case.key for case in CASES} < {order["name"] for order in content["orders"]}
    assert ["miss", "miss", "shared", "hit", "miss", "miss", "miss"] == [
        row[3] for row in content["figures"][0]["rows"]
    ]
    assert len(FAULTS) == sum(row[2] == "refused" for row in class_list["figures"][0]["rows"]) == 7
    assert 4 == len(report["films"]) == len(page.films)
    assert sorted(report["films"]) == sorted(str(film) for film in page.films)
    assert all(b"ftyp" in film.read_bytes()[:16] for film in page.films)
    assert all(str(escape(check["fact"])) in page.text for scene in scenes for check in scene["checks"])
    assert sum(len(scene["letters"]) for scene in scenes) == page.text.count("<article>") >= 8
    assert {"video", "track", "table", "details"} <= page.elements
    assert "&lt;b&gt;Cem&lt;/b&gt;" in page.text
    assert "<b>Cem" not in page.text
    assert ["bellwork-demo", "tmp"] == sorted(entry.name for entry in tmp_path.iterdir())
    assert [] == list((tmp_path / "tmp").iterdir())


@pytest.mark.timeout(60)
def test_a_fact_that_does_not_hold_is_a_failure_and_spares_the_other_scenes(tmp_path: Path) -> None:
    """Exit code 1, the fact with what was found on terminal and page, what a scene raised as a fact of its own."""
    (tmp_path / "odd.py").write_text(_ODD)
    settings = {"TMPDIR": str(_open(tmp_path)), "BELLWORK_SYSTEMS": "odd=odd"}
    done = bellwork("demo", "--only", "odd", cwd=tmp_path, settings=settings)
    page = Page.read(tmp_path / "bellwork-demo" / "index.html")

    assert 1 == done.returncode, done.stdout
    assert "does not hold: Two and two are five. Found: <four>" in done.stdout
    assert "Found: RuntimeError: it fell over" in done.stdout
    assert "One that goes well. The system 'odd': 1 of 1 facts hold" in done.stdout
    assert (tmp_path / "bellwork-demo" / "index.html").as_uri() in done.stdout
    assert {"holds": 3, "fails": 2} == page.signs
    assert "Found: &lt;four&gt;" in page.text
    assert "it fell over" in (tmp_path / "bellwork-demo" / "processes.log").read_text()


def test_a_system_without_a_scene_is_refused_with_those_that_have_one(tmp_path: Path) -> None:
    """Before anything is started."""
    done = bellwork("demo", "--only", "lessons", cwd=tmp_path, settings={})

    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("bellwork: no system 'lessons' brings a scene for the demo; there are ")
    assert "content" in done.stderr
    assert [] == list(tmp_path.iterdir())


@pytest.mark.timeout(120)
def test_ctrl_c_takes_everything_down(tmp_path: Path) -> None:
    """Interrupted in the middle, the demo stops its servers and processes and removes its data."""
    demo = subprocess.Popen(
        [sys.executable, "-u", "-m", "bellwork.ops.cli", "demo"],
        cwd=tmp_path,
        env=environment({"TMPDIR": str(_open(tmp_path))}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with demo:
        assert demo.stdout
        while CASES[0].query not in demo.stdout.readline():
            assert demo.poll() is None
        family = psutil.Process(demo.pid).children(recursive=True)
        demo.send_signal(signal.SIGINT)
        _, complaint = demo.communicate(timeout=90)

    assert (130, True) == (demo.returncode, "was interrupted" in complaint)
    assert [] == [process for process in psutil.wait_procs(family, timeout=60)[1] if process.is_running()]
    assert [] == list((tmp_path / "tmp").iterdir())


def _wrong(scene: dict[str, Any]) -> list[str]:
    return [f"{check['fact']} {check['found']}" for check in scene["checks"] if not check["ok"]]


def _open(tmp_path: Path) -> Path:
    """Make a directory for temporary files that is empty at first and open to the user who runs PostgreSQL."""
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    folder = tmp_path / "tmp"
    folder.mkdir()
    folder.chmod(0o1777)
    return folder
