"""When something was typed into a lab last, kept as the time of what its maker noted: a touch, and no row."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: What every kind of lab writes into its folder before anything is made.
_NOTED = "order"


def typed_at(folder: Path) -> float:
    """Return when something was typed into the lab of a folder last, or when it was made, in seconds since 1970."""
    try:
        return (folder / _NOTED).stat().st_mtime
    except OSError:
        return time.time()


def note_typed(folder: Path) -> None:
    """Note that something was typed just now; a lab that is gone is none."""
    with suppress(OSError):
        os.utime(folder / _NOTED)
