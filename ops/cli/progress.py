"""How far a long command has come, on stderr: one line that is renewed on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time

from bellwork.ops import words
from bellwork.ops.cli import output

#: Seconds between two tellings: on a terminal, and elsewhere.
OFTEN, SELDOM = 0.25, 2.0
_CLEAR = "\r\x1b[K"


class Progress:
    """Tells how many of `total` are `done`, how many a second, and how long the rest takes at that rate.

    Without `total` nobody knows how many there are. `noun` is of one.
    """

    def __init__(self, noun: str, done: str, total: int | None = None) -> None:
        self._noun, self._done, self.total = noun, done, total
        self._terminal = sys.stderr.isatty()
        self._began = self._said = time.monotonic()
        self._shown = False

    def tell(self, count: int, beside: str = "") -> None:
        """Say it, unless it was said a moment ago."""
        now = time.monotonic()
        if now - self._said < (OFTEN if self._terminal else SELDOM):
            return
        self._said = now
        line = f"{self.line(count, now - self._began)}{f'; {beside}' if beside else ''}"
        if self._terminal:
            sys.stderr.write(f"{_CLEAR}{output.shown(line)}")
            sys.stderr.flush()
            self._shown = True
        else:
            output.warn(line)

    def line(self, count: int, seconds: float) -> str:
        """Write what is told after so many seconds."""
        of = f" of {self.total:,}" if self.total is not None else ""
        rate = count / seconds if seconds > 0 else 0.0
        said = f"{count:,}{of} {self._noun}{'' if (self.total or count) == 1 else 's'} {self._done} so far"
        if rate <= 0:
            return said
        said += f", {rate:,.0f} a second" if rate >= 1 else f", {rate * 60:,.1f} a minute"
        left = (self.total - count) / rate if self.total is not None else None
        return f"{said}, {words.duration(left)} left" if left is not None and left > 0 else said

    def clear(self) -> None:
        """Take the line away, before anything else is said."""
        if self._shown:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            self._shown = False
