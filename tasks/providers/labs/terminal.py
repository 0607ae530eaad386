"""A learner's shell at a terminal whose other end is a file descriptor here."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import termios
from contextlib import suppress

#: Seconds in which what holds the other end of a terminal ends when it is asked to.
_PATIENCE = 5.0


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
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
