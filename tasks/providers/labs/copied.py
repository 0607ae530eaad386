"""Copies what a judged program writes, until it ends or is cut off."""

from __future__ import annotations

import os
import threading
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

#: What tar ends with whose archive is whole: 1 says that a file changed while it was read, 2 that one could not be
#: read, which its learner may have wanted so (GNU tar's manual, exit status).
TAR_ENDED = frozenset({0, 1, 2})


def copied(
    process: subprocess.Popen[bytes], taken: IO[bytes], seconds: float, most: int, stop: Callable[[], None]
) -> str:
    """Copy a program's output and wait for its end; say why it was cut off, if it was.

    It is stopped after so many seconds and after more than `most` bytes; `stop` may be called more than once.
    """
    late = threading.Event()

    def cut_off() -> None:
        late.set()
        stop()

    timer = threading.Timer(seconds, cut_off)
    timer.start()
    with process:
        try:
            assert process.stdout  # noqa: S101 - it was asked for
            read = 0
            while piece := os.read(process.stdout.fileno(), 65_536):
                read += len(piece)
                if read > most:
                    return f"it wrote more than {most} bytes"
                taken.write(piece)
            process.wait()
            return f"it took longer than the {seconds:.1f} s that were left" if late.is_set() else ""
        finally:
            timer.cancel()
            stop()
