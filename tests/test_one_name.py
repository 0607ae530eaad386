"""Everything of ours is imported under one name, from one folder: two names would be two engines and two brokers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

import bellwork
from bellwork.ops.processes import Processes

if TYPE_CHECKING:
    from bellwork.ops.embedded import Stack

ROOT = Path(__file__).parents[1]
FLOORS = ("db", "workers", "tasks", "scheduler", "ops")
_PATH = "import json, sys; print(json.dumps(sys.path))"


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_has_no_second_name(floor: str) -> None:
    """Where the root of a checkout is on the way its folders are found, and say what they are called."""
    assert str(ROOT) in sys.path
    with pytest.raises(ImportError, match=f"'{floor}' is bellwork.{floor}: import it by that name alone"):
        import_module(floor)
    assert floor not in sys.modules


@pytest.mark.parametrize("floor", FLOORS)
def test_each_floor_is_a_link_to_its_folder(floor: str) -> None:
    """What is edited at the root is what is imported."""
    assert Path(bellwork.__file__).with_name(floor).samefile(ROOT / floor)


def test_children_find_the_package_and_not_the_floors(tmp_path: Path) -> None:
    """The folder above bellwork/ is first on their path; bellwork/ itself, with floors by other names, is not there."""
    heard: list[str] = []
    command = [sys.executable, "-P", "-c", _PATH]
    children = Processes(
        {"child": command}, {"PYTHONPATH": "/theirs"}, lambda name, line: heard.append(f"{name} {line}"), tmp_path
    )
    children.start()
    while not heard:
        children.tend(0.1)
    children.stop()
    path = json.loads(heard[0].removeprefix("child "))

    above = str(Path(bellwork.__file__).parents[1])
    assert [above, "/theirs"] == path[:2]
    assert str(Path(above, "bellwork")) not in path


def test_the_servers_keeper_finds_the_package(stack: Stack) -> None:
    """It runs in another folder."""
    first, *_ = psutil.Process(stack.supervisor_pid).environ()["PYTHONPATH"].split(":")

    assert str(Path(bellwork.__file__).parents[1]) == first


@pytest.mark.parametrize("what", ["a text", "nothing"])
def test_a_checkout_without_links_is_refused_in_one_line(tmp_path: Path, what: str) -> None:
    """As on Windows, where git writes a text with the link's target, or out of an archive that has none."""
    shutil.copy(ROOT / "run", tmp_path)
    shutil.copytree(ROOT / "bellwork", tmp_path / "bellwork", symlinks=True)
    for floor in FLOORS:
        (tmp_path / floor).mkdir()
    (tmp_path / "bellwork" / "tasks").unlink()
    if what == "a text":
        (tmp_path / "bellwork" / "tasks").write_text("../tasks")
    done = subprocess.run([tmp_path / "run", "--help"], capture_output=True, text=True, check=False)

    assert (1, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert "bellwork/tasks is no link to tasks" in done.stderr
    assert not (tmp_path / ".venv").exists()
