"""Folders of one step: what a killed process left is removed, what another process holds is not."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.scratch import scratch_folder

if TYPE_CHECKING:
    from pathlib import Path

_HOLDER = """
import sys
from bellwork.tasks.scratch import scratch_folder
with scratch_folder("film") as folder:
    (folder / "half").write_text("half a film")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A TMPDIR of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_a_folder_is_gone_after_its_step_whatever_happened_in_it(place: Path) -> None:
    """Files and folders in it go too, after an error as well."""
    with pytest.raises(ZeroDivisionError):
        _fail_in_a_step()
    assert [] == list(place.iterdir())


def test_what_a_killed_process_left_goes_after_an_hour_and_what_lives_stays(place: Path) -> None:
    """A folder of a process that lives outlasts any age; killed, its young folder stays and its old one is removed."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        folder = place / os.path.basename(holder.stdout.readline().strip())  # noqa: PTH119 - a line
        _age(folder)
        with scratch_folder("other"):
            assert folder.exists()
        holder.kill()
    os.utime(folder)
    with scratch_folder("other"):
        assert folder.exists()
    _age(folder)
    with scratch_folder("other"):
        assert not folder.exists()


def test_only_folders_of_steps_are_touched(place: Path) -> None:
    """Old folders of other names, files and links of the same name stay as they are."""
    others = [place / "bellwork-demo-1", place / "elsewhere"]
    for other in others:
        other.mkdir()
        _age(other)
    link, file = place / "bellwork-step-link", place / "bellwork-step-file"
    link.symlink_to(others[1])
    file.touch()
    for path in (link, file):
        os.utime(path, (time.time() - 7_200,) * 2, follow_symlinks=False)
    with scratch_folder("film"):
        assert all(path.exists() for path in (*others, link, file))


def _fail_in_a_step() -> None:
    with scratch_folder("film") as folder:
        (folder / "below").mkdir()
        (folder / "below" / "file").touch()
        raise ZeroDivisionError


def _age(folder: Path) -> None:
    os.utime(folder, (time.time() - 7_200,) * 2)
