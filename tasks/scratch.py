"""Folders on this host's disk for the time of one step. What a killed worker left, whoever comes next removes."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "bellwork-step-"
#: Seconds: a younger folder may belong to a process that has made it and not locked it yet.
_YOUNG = 3_600


@contextmanager
def scratch_folder(name: str) -> Iterator[Path]:
    """Lend an empty folder in TMPDIR with a name that says what for; it is gone afterwards.

    Its process holds a lock on it (flock(2)), which ends with the process however that ends. Folders older than an
    hour that nobody holds are removed first. Raises OSError where no folder can be made.
    """
    _tidy(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{name}-"))
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # a file system without locks: nobody else gets one there, so nobody removes it
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)
        os.close(held)


def _tidy(place: Path) -> None:
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another user's, or gone meanwhile
            if folder.lstat().st_mtime < time.time() - _YOUNG:
                _remove_unless_held(folder)


def _remove_unless_held(folder: Path) -> None:
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        rmtree(folder, ignore_errors=True)
    finally:
        os.close(held)
