"""How much is taken at a time: batches that last about 100 ms, for as long as a run may go on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds: what a batch aims at, so that whoever waits behind one of its locks hardly notices.
AIM = 0.1
#: Rows. More than these are never taken in one transaction, however fast it is.
MOST = 5_000


class Pace:
    """The size of the next batch, from how long the last one took; never more than twice as much as before."""

    def __init__(self, first: int) -> None:
        self.size = min(max(first, 1), MOST)

    def note(self, rows: int, seconds: float) -> None:
        """Learn from a batch; one that was not full says only whether it was too slow."""
        wanted = AIM / max(seconds, 1e-6)
        if rows < self.size and wanted > 1:
            return
        self.size = min(max(round(self.size * min(max(wanted, 0.25), 2.0)), 1), MOST)


class Budget:
    """The seconds that a run may take, from now on; it is asked before each batch.

    `tell` is called with all rows that the run has taken, after each.
    """

    def __init__(self, seconds: float, tell: Callable[[int], None] = lambda _: None) -> None:
        self._until, self.tell = time.monotonic() + seconds, tell

    @property
    def is_spent(self) -> bool:
        """Tell whether no further batch may begin."""
        return time.monotonic() >= self._until
