"""What is said to a mail server and heard of it, each by a deadline, even where it trickles on byte by byte."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

#: Bytes that are handed over at once, at most: one record of TLS, which arrives whole or not at all (RFC 8446, 5.1).
_RECORD = 16_384
#: Bytes of an answer, at most.
_LONGEST = 65_536
_CODE = 3


class Dialogue:
    """Lines to a server and its answers. `until` is an instant of time.monotonic(); OSError or EOFError where it fails.

    `handed` says how many bytes of what was said last may have reached the server, at most.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._heard = bytearray()
        self.handed = 0

    def say(self, words: bytes, until: float) -> None:
        """Hand words over to the network."""
        self.handed, view = 0, memoryview(words)
        while self.handed < len(words):
            self._sock.settimeout(_left(until))
            before, part = self.handed, view[self.handed : self.handed + _RECORD]
            # Whatever interrupts this thread in the middle leaves the higher number behind.
            self.handed = before + len(part)
            try:
                self.handed = before + self._sock.send(part)
            except OSError:
                self.handed = before
                raise

    def hear(self, until: float) -> tuple[int, bytes]:
        """Return the next answer: its code, -1 where it has none, and its words."""
        said = []
        while True:
            line = self._line(until)
            said.append(line[_CODE + 1 :].strip())
            code = int(line[:_CODE]) if line[:_CODE].isdigit() else -1
            if code < 0 or line[_CODE : _CODE + 1] != b"-":
                return code, b"\n".join(said)
            if sum(map(len, said)) > _LONGEST:
                raise EOFError("an answer without end")

    def _line(self, until: float) -> bytes:
        while (end := self._heard.find(b"\n")) < 0:
            if len(self._heard) > _LONGEST:
                raise EOFError("a line without end")
            self._sock.settimeout(_left(until))
            got = self._sock.recv(_RECORD)
            if not got:
                raise EOFError("the connection was closed")
            self._heard += got
        line = bytes(self._heard[:end])
        del self._heard[: end + 1]
        return line


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left
