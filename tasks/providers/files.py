"""Files that appear whole under their name or not at all, and stay there after a power cut."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


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
