"""How many messages this process may hold: claims are made for threads that are free, or will be in milliseconds."""

from __future__ import annotations

import time
from threading import Condition

#: Claim ahead what the threads will begin within so long (seconds): nothing for slow jobs, a batch for quick ones.
AHEAD = 0.02
#: ... but never more than this many messages for each thread.
MOST_AHEAD = 4
#: Over so long (seconds) the speed of the threads is measured.
_WINDOW = 0.05


class Capacity:
    """Counts slots of messages between claim and acknowledgement; `open` sets the number of threads, `close` none."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._threads = 0
        self._acquired = 0
        self._released = 0
        self._exclusive = False
        self._speed = 0.0
        self._since = time.monotonic()

    def open(self, threads: int) -> None:
        """Grant as many slots as there are threads, and those that these will need within AHEAD seconds."""
        with self._changed:
            self._threads = threads
            self._changed.notify_all()

    def close(self) -> None:
        """Grant no slot any more; those that are acquired stay so until they are released."""
        with self._changed:
            self._threads = 0
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Tell whether no slot is granted."""
        return self._threads == 0

    def wait(self, timeout: float) -> int:
        """Wait up to `timeout` seconds until enough slots are free for a claim; returns how many are free."""
        with self._changed:
            self._measure()
            self._changed.wait_for(self._is_worthwhile, timeout)
            self._measure()
            return self._free()

    def rest(self, seconds: float) -> None:
        """Wait `seconds`, or until `close`."""
        with self._changed:
            self._changed.wait_for(lambda: self._threads == 0, seconds)

    def acquire(self, wanted: int) -> int:
        """Acquire up to `wanted` slots, as many as are free; returns how many."""
        with self._changed:
            granted = min(wanted, self._free())
            self._acquired += granted
            return granted

    def reserve(self, own: int) -> bool:
        """Grant no slot until the caller's `own` ones are released; False if others are acquired beside them."""
        with self._changed:
            self._exclusive = self._acquired == own > 0
            return self._exclusive

    def release(self, count: int = 1) -> None:
        """Release `count` slots."""
        with self._changed:
            self._acquired -= count
            self._exclusive = self._exclusive and self._acquired > 0
            self._released += count
            if self._is_worthwhile() or not self._threads:
                self._changed.notify_all()

    def _is_worthwhile(self) -> bool:
        """A thread without work is; slots ahead are when half of them are free, for a claim has its price."""
        return self._free() > self._ahead() // 2

    def _free(self) -> int:
        if self._exclusive or not self._threads:
            return 0
        return max(0, self._threads + self._ahead() - self._acquired)

    def _ahead(self) -> int:
        return int(min(self._speed * AHEAD, self._threads * MOST_AHEAD))

    def _measure(self) -> None:
        elapsed = time.monotonic() - self._since
        if elapsed >= _WINDOW:
            self._speed = (self._speed + self._released / elapsed) / 2
            self._released = 0
            self._since += elapsed
