"""How much this process may take: a claim is made only for a thread that is free to run it."""

from __future__ import annotations

from threading import Condition


class Gate:
    """Counts messages between claim and acknowledgement; `open` sets the number of threads, `close` stops claiming."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._capacity = 0
        self._inside = 0

    def open(self, threads: int) -> None:
        """Let in as many messages as there are threads."""
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
        """Wait up to `timeout` seconds for a free thread; returns how many are free."""
        with self._changed:
            self._changed.wait_for(lambda: self._free() > 0, timeout)
            return self._free()

    def rest(self, seconds: float) -> None:
        """Wait `seconds`, or until the gate is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._capacity == 0, seconds)

    def enter(self, wanted: int) -> int:
        """Count messages in, up to `wanted` and as many as there are free threads; returns how many."""
        with self._changed:
            granted = min(wanted, self._free())
            self._inside += granted
            return granted

    def leave(self, count: int = 1) -> None:
        """Count messages out."""
        with self._changed:
            self._inside -= count
            self._changed.notify_all()

    def _free(self) -> int:
        return max(0, self._capacity - self._inside)
