"""The demo, as a user starts it: real requests, real films, and nothing left behind but these."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from bellwork.ops.demo.cases import CASES, HARD_TO_SAY
from bellwork.ops.demo.voice import FAILURES, VoiceService
from tests.ops.command import bellwork, environment


@pytest.mark.timeout(300)
def test_all_six_requests_end_as_they_should(tmp_path: Path) -> None:
    """One JSON document on stdout, one sentence on stderr, three films on disk, exit code 0, no process left."""
    done = bellwork("demo", "--json", cwd=tmp_path, settings={"TMPDIR": str(_open(tmp_path))}, timeout=280)
    report: dict[str, Any] = json.loads(done.stdout)

    assert (0, True) == (done.returncode, report["ok"]), done.stdout
    assert 1 == len(done.stderr.splitlines()), done.stderr
    assert [case.key for case in CASES] == [request["request"] for request in report["requests"]]
    assert ["miss", "shared", "hit", "miss", "miss", "miss"] == [request["cache"] for request in report["requests"]]
    assert 3 == len(report["films"])
    assert report["month"]["ok"], report["month"]["said"]
    assert all(b"ftyp" in Path(film).read_bytes()[:16] for film in report["films"])
    assert ["films", "tmp"] == sorted(entry.name for entry in tmp_path.iterdir())
    assert [] == list((tmp_path / "tmp").iterdir())


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
        while "asks:" not in demo.stdout.readline():
            assert demo.poll() is None
        family = psutil.Process(demo.pid).children(recursive=True)
        demo.send_signal(signal.SIGINT)
        _, complaint = demo.communicate(timeout=90)

    assert (130, True) == (demo.returncode, "was interrupted" in complaint)
    assert [] == [process for process in psutil.wait_procs(family, timeout=20)[1] if process.is_running()]
    assert [] == list((tmp_path / "tmp").iterdir())


def test_the_voice_fails_one_line_of_the_hard_lesson_six_times() -> None:
    """Every other line is spoken at once, and the seventh try succeeds."""
    with VoiceService(HARD_TO_SAY) as voice:
        hard, easy = _order(f"This is {HARD_TO_SAY}."), _order("This is easy.")
        statuses = [voice.answer(hard)[0].value for _ in range(FAILURES + 1)]

        assert 200 == voice.answer(easy)[0].value
        assert 200 == voice.answer(_order(f"More about {HARD_TO_SAY}."))[0].value
        assert [500] * FAILURES + [200] == statuses


def _order(text: str) -> bytes:
    return json.dumps({"input": text}).encode()


def _open(tmp_path: Path) -> Path:
    """Make a directory for temporary files that is empty at first and open to the user who runs PostgreSQL."""
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    folder = tmp_path / "tmp"
    folder.mkdir()
    folder.chmod(0o1777)
    return folder
