"""Files that appear whole under their name or not at all, and stay there after a power cut."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from bellwork.db.private import make_folder, private


def create(part: Path, content: bytes | Path) -> None:
    """Write a new file, readable by its owner alone, in folders that are made the same way where there are none."""
    make_folder(part.parent, sync)
    with open(part, "xb", opener=private) as file:
        if isinstance(content, Path):
            with content.open("rb") as source:
                shutil.copyfileobj(source, file, 1 << 20)
        else:
            file.write(content)


def publish(part: Path, place: Path) -> None:
    """Give a finished part its name: the file reaches the disk first, then the name, then the folder."""
    sync(part)
    part.replace(place)
    sync(place.parent)


def sync(path: Path) -> None:
    """Wait until a file, or the list of names in a folder, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def discard(part: Path) -> None:
    """Remove a part that is not needed any more; one that cannot be removed hides no other error."""
    with suppress(OSError):
        part.unlink(missing_ok=True)
