"""A learner's shell at a terminal whose other end is a file descriptor here."""

from __future__ import annotations

import fcntl
import os
import struct
import termios
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess


class PtyShell:
    """protocol.Shell."""

    def __init__(self, fd: int, process: subprocess.Popen[bytes]) -> None:
        self.fd, self._process = fd, process

    def resize(self, rows: int, columns: int) -> None:
        """Tell the terminal its size."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            os.close(self.fd)
        self._process.terminate()
        self._process.wait()
