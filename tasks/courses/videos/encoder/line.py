"""The line between the encoder's process and the one that holds the film: a place and a length for so many bytes."""

from __future__ import annotations

import io
import struct
import time
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import socket

#: A question: where from, and how many bytes.
QUESTION = struct.Struct("<QI")
#: Bytes of one answer. More is asked for by no encoder, but perhaps by a film that has taken one over.
MOST = 1 << 20


class Bytes(io.RawIOBase):
    """The film as a file that is read by asking the process outside."""

    def __init__(self, line: socket.socket, size: int) -> None:
        self._line, self._size, self._at = line, size, 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be read from anywhere."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def tell(self) -> int:
        """Return the place."""
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return up to so many bytes from here, MOST at once; EOFError where nobody answers any more."""
        left = max(0, self._size - self._at)
        size = min(left if size < 0 else size, left, MOST)
        if not size:
            return b""
        self._line.sendall(QUESTION.pack(self._at, size))
        answer = bytearray(size)
        view = memoryview(answer)
        while view:
            count = self._line.recv_into(view)
            if not count:
                raise EOFError("the process that reads the film for this one has gone")
            view = view[count:]
        self._at += size
        return bytes(answer)


def serve(line: socket.socket, film: BinaryIO, deadline: float) -> None:
    """Answer questions until the other end has gone.

    TimeoutError at a deadline of the monotonic clock, ConnectionAbortedError where the other end does not keep to MOST.
    """
    while True:
        question = _received(line, QUESTION.size, deadline)
        if len(question) < QUESTION.size:
            return
        at, size = QUESTION.unpack(question)
        if size > MOST:
            raise ConnectionAbortedError(f"the encoder asked for {size} bytes at once; it asks for {MOST} at most")
        film.seek(at)
        answer = film.read(size)
        if len(answer) < size:
            raise OSError(f"the film ends within {size} bytes from {at}, though it was longer a moment ago")
        line.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            line.sendall(answer)
        except (BrokenPipeError, ConnectionResetError):
            return


def _received(line: socket.socket, size: int, deadline: float) -> bytes:
    found = b""
    while len(found) < size:
        line.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            more = line.recv(size - len(found))
        except ConnectionResetError:
            return b""
        if not more:
            return b""
        found += more
    return found
