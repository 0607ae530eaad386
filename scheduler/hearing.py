"""Callers of SQL are heard: what they enqueue is looked for at their commit, not at the next round of polling.

Of those that enqueue within 10 ms one notifies (`bellwork.notify_schedulers`). So one look follows at once, and one
after a pause, for those that kept silent meanwhile. What is missed (after a long transaction, without a connection) is
found by polling, which goes on beside.
"""

from __future__ import annotations

from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.scheduler.loops import Loop, log

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

#: Seconds after a look until the next one: so long others keep silent after one that notifies.
PAUSE = 0.01
#: A look that takes long is followed by a longer pause, so many times what it took: a third of one core at most.
REST = 2.0
#: Seconds until a connection that was lost is opened again: the first time, and at most.
SOON, LATE = 1.0, 30.0
#: Seconds after which the thread sees that it has to stop.
_MOMENT = 0.5


class Hearing(Thread):
    """Has `look` done whenever a caller is heard, until `stopped` is set; ends at once where none can be heard."""

    def __init__(self, look: Callable[[], object], stopped: Event) -> None:
        super().__init__(name="hearing", daemon=True)
        self._look, self._end = look, stopped
        self._line: ledger.Line | None = None
        self._is_possible = True

    def run(self) -> None:
        """Hear round after round; after a failure, which is logged once, connect anew, later and later."""
        hear, rest = Loop("hearing callers of SQL", SOON, self._hear), SOON
        while self._is_possible and not self._end.is_set():
            if hear():
                rest = SOON
            else:
                self._end.wait(rest)
                rest = min(2 * rest, LATE)
        self._hang_up()

    def _hear(self) -> None:
        try:
            if self._line is None:
                self._connect()
            elif self._line.is_outlived:
                self._hang_up()
            elif self._line.heard(_MOMENT):
                self._answer(self._line)
        except Exception:
            self._hang_up()
            raise

    def _connect(self) -> None:
        with transaction() as conn:
            reason = ledger.why_unheard(conn)
        if reason is None:
            self._line = ledger.Line()
        else:
            log.info("callers of SQL are found by polling", reason=reason)
            self._is_possible = False

    def _answer(self, line: ledger.Line) -> None:
        """Look at once and after a pause, and as often again after each pause in which a notification came."""
        looks = 2
        while looks and not self._end.is_set():
            began = monotonic()
            self._look()
            self._end.wait(max(PAUSE, REST * (monotonic() - began)))
            looks = 2 if line.heard(0) else looks - 1

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
