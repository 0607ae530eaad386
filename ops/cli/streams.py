"""Standard output and error as they are found: closed, full, or short of characters, they cause no traceback."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path

#: What a write to a stream fails with when its other end is full or gone.
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF}


def prepare() -> None:
    """Spell out what the terminal's encoding lacks, and let closed streams swallow what they are given."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open as long as we run
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Write out what is still held back, while an error can still be told."""
    sys.stdout.flush()


def is_unwritable(error: OSError) -> bool:
    """Tell whether it is the answer that could not be written, and nothing that the command itself had to do."""
    return error.errno in _UNWRITABLE and error.filename is None


def abandon() -> None:
    """Give up on standard output: what it still holds back must not complain a second time."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
