"""A job that saw half of its crashes runs alone in its process: if that dies again, nobody else is charged with it.

Nobody can tell whose fault a dead process is while several ran in it. Where a process is never empty, a suspect waits
for a minute; then it runs beside others, but one suspect at a time.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from db import ledger
from db.engine import transaction
from db.settings import settings

if TYPE_CHECKING:
    from db.ledger import Claimed
    from workers.broker import LedgerBroker

#: Seconds a suspect waits for an empty process, and until the next look.
PATIENCE, AGAIN = 60.0, 1.0
#: Suspects remembered by when they were first seen; with more, all begin to wait anew.
_MOST = 1_000


class Suspects:
    """Decides which of the jobs that were just claimed may begin."""

    def __init__(self, broker: LedgerBroker) -> None:
        self.broker = broker
        self._since: dict[int, float] = {}

    def sort_out(self, claimed: list[Claimed], threads: int) -> list[Claimed]:
        """Return what may begin now of jobs claimed for `threads` threads; hand the others back, uncounted."""
        suspects = [job for job in claimed if is_suspect(job)]
        if not suspects:
            return claimed
        first = min(suspects, key=self._seen)
        if self.broker.gate.reserve(threads):
            beginning = [first]
        else:
            beginning = [job for job in claimed if job not in suspects]
            if time.monotonic() - self._seen(first) > PATIENCE and not self._suspect_runs():
                beginning.append(first)
        self._hand_back([job for job in claimed if job not in beginning])
        return beginning

    def _seen(self, job: Claimed) -> float:
        if len(self._since) > _MOST:
            self._since.clear()
        return self._since.setdefault(job.id, time.monotonic())

    def _suspect_runs(self) -> bool:
        running = [attempt for consumer in self.broker.consumers.values() for attempt in list(consumer.known.values())]
        return any(is_suspect(attempt.job) for attempt in running)

    def _hand_back(self, jobs: list[Claimed]) -> None:
        if jobs:
            with transaction() as conn:
                ledger.release(conn, [job.held for job in jobs if is_suspect(job)], delay=AGAIN)
                ledger.release(conn, [job.held for job in jobs if not is_suspect(job)])


def is_suspect(job: Claimed) -> bool:
    """Tell whether a job saw half the crashes it may see; one that saw them all is buried, and endangers nobody."""
    return ledger.suspicious_from() <= job.crashes < settings().max_crashes
