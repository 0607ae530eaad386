"""How much this process may take: claims are made for threads that are free, or will be within milliseconds."""

from __future__ import annotations

import time
from threading import Condition

#: Claim ahead what the threads will begin within so long (seconds): nothing for slow jobs, a batch for quick ones.
AHEAD = 0.02
#: ... but never more than this many messages for each thread.
MOST_AHEAD = 4
#: Over so long (seconds) the speed of the threads is measured.
_WINDOW = 0.05


class Gate:
    """Counts messages between claim and acknowledgement; `open` sets the number of threads, `close` stops claiming."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._capacity = 0
        self._inside = 0
        self._left = 0
        self._reserved = False
        self._speed = 0.0
        self._since = time.monotonic()

    def open(self, threads: int) -> None:
        """Let in as many messages as there are threads, and what these will soon have room for."""
        with self._changed:
            self._capacity = threads
            self._changed.notify_all()

    def close(self) -> None:
        """Let nothing in any more; what is inside goes on."""
        with self._changed:
            self._capacity = 0
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Tell whether nothing is let in."""
        return self._capacity == 0

    def wait(self, timeout: float) -> int:
        """Wait up to `timeout` seconds until a claim is worth its while; returns how many messages may come in."""
        with self._changed:
            self._measure()
            self._changed.wait_for(self._is_worthwhile, timeout)
            self._measure()
            return self._room()

    def rest(self, seconds: float) -> None:
        """Wait `seconds`, or until the gate is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._capacity == 0, seconds)

    def enter(self, wanted: int) -> int:
        """Count messages in, up to `wanted` and as many as there is room for; returns how many."""
        with self._changed:
            granted = min(wanted, self._room())
            self._inside += granted
            return granted

    def reserve(self, own: int) -> bool:
        """Let nothing in until the one that is to run alone has left; False if more than these `own` are inside."""
        with self._changed:
            self._reserved = self._inside == own > 0
            return self._reserved

    def leave(self, count: int = 1) -> None:
        """Count messages out."""
        with self._changed:
            self._inside -= count
            self._reserved = self._reserved and self._inside > 0
            self._left += count
            if self._is_worthwhile() or not self._capacity:
                self._changed.notify_all()

    def _is_worthwhile(self) -> bool:
        """A thread without work is; room for what comes next is when there is some of it, for a claim has its price."""
        return self._room() > self._ahead() // 2

    def _room(self) -> int:
        if self._reserved or not self._capacity:
            return 0
        return max(0, self._capacity + self._ahead() - self._inside)

    def _ahead(self) -> int:
        return int(min(self._speed * AHEAD, self._capacity * MOST_AHEAD))

    def _measure(self) -> None:
        elapsed = time.monotonic() - self._since
        if elapsed >= _WINDOW:
            self._speed = (self._speed + self._left / elapsed) / 2
            self._left = 0
            self._since += elapsed
