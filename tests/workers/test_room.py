"""A worker tries the disks of its folders: it leaves nothing there, and takes other errors for nobody's business."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from bellwork.db import engine, room, troubles
from bellwork.workers import due_set
from bellwork.workers.room import Room

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def storage(database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The folder of STORAGE_URL, and none for letters."""
    del database
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}/a%20folder")
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1")
    engine.forget()
    folder = tmp_path / "a folder"
    folder.mkdir()
    yield folder
    due_set.client().delete(troubles.KEY)


def noted() -> list[str]:
    """Return what is noted of disks."""
    return [each.name for each in troubles.troubles(due_set.client()) if each.kind == "full"]


def fail_with(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no file be made."""

    def refuse(**where: Path) -> NoReturn:
        raise OSError(number, os.strerror(number), str(where["dir"]))

    monkeypatch.setattr(room, "TemporaryFile", refuse)


def test_a_folder_with_room_is_left_as_it_was(storage: Path) -> None:
    """Letters that go to a server, and artefacts in a cloud, have no folder here."""
    Room().look()

    assert {"STORAGE_URL": storage} == room.folders()
    assert (None, [], []) == (room.refusal(storage), list(storage.iterdir()), noted())


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_disk_that_takes_nothing_is_noted_until_it_does(
    number: int, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the host; the note of a worker that has gone ends by itself."""
    tried = Room()
    with monkeypatch.context() as patch:
        fail_with(number, patch)
        tried.look()
        tried.look()
        [found] = troubles.troubles(due_set.client())
        assert (f"STORAGE_URL {tried.host}", "full") == (found.name, found.kind)
        assert found.said == f"{os.strerror(number)} in {storage} on {tried.host}"
        assert [found.name] == noted()
    tried.look()

    assert [] == noted()


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOENT, errno.EMFILE])
def test_other_errors_are_no_full_disk(number: int, storage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes there says what is wrong; a folder that nobody has made yet is none either."""
    fail_with(number, monkeypatch)
    Room().look()

    assert [] == noted()
    assert room.refusal(storage) is None
    assert room.refusal(storage / "none") is None


def test_a_folder_that_may_not_be_looked_at_is_no_full_disk(storage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker need not be allowed everything that it has a setting for; its thread goes on."""

    def refuse(_: Path) -> NoReturn:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "is_dir", refuse)
    Room().look()

    assert (None, []) == (room.refusal(storage), noted())
