"""Files and folders that are their owner's alone from the moment they are made, whatever the umask of the process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOLDER, FILE = 0o700, 0o600


def private(path: str, flags: int) -> int:
    """Open a file for its owner alone; given to `open()` as its `opener`."""
    return os.open(path, flags | os.O_CLOEXEC, FILE)


def make_folder(folder: Path, made: Callable[[Path], None] = lambda _: None) -> None:
    """Make a folder and those above it that are not there, for their owner alone; `made` is told each one's parent."""
    if not folder.is_dir():
        make_folder(folder.parent, made)
        folder.mkdir(mode=FOLDER, exist_ok=True)
        made(folder.parent)
