"""A job that saw half of its crashes runs alone in its process: if that dies again, no other is charged with it.

Which job killed a process cannot be told while several ran in it. Where a process is never empty, a suspect waits
for a minute; then it runs beside others, but one suspect at a time. Processes that live for less count together: it
has waited a second for each time that it was handed back.
"""

from __future__ import annotations

import time
from operator import itemgetter
from typing import TYPE_CHECKING

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.settings import settings

if TYPE_CHECKING:
    from bellwork.db.ledger import Claimed
    from bellwork.workers.engine import Engine

#: Seconds a suspect waits for an empty process, and until the next look.
PATIENCE, AGAIN = 60.0, 1.0
#: Suspects remembered by when they were first seen; with more, all begin to wait anew.
_MOST = 1_000


class Suspects:
    """Decides which of the jobs that were just claimed may begin."""

    def __init__(self, broker: Engine) -> None:
        self.broker = broker
        self._since: dict[int, float] = {}

    def sort_out(self, claimed: list[Claimed], threads: int) -> list[Claimed]:
        """Return what may begin now of jobs claimed for `threads` threads; hand the others back, uncounted."""
        suspects = [job for job in claimed if is_suspect(job)]
        if not suspects:
            return claimed
        first = min(suspects, key=self._seen)
        if self.broker.capacity.reserve(threads):
            beginning = [first]
        else:
            beginning = [job for job in claimed if job not in suspects]
            if not self._suspect_runs():
                beginning += [job for job, waited in self._waited(suspects) if waited >= PATIENCE][:1]
        self._hand_back([job for job in claimed if job not in beginning])
        return beginning

    def _waited(self, suspects: list[Claimed]) -> list[tuple[Claimed, float]]:
        """Say how many seconds each has waited for an empty process, this one or others; the longest first."""
        with transaction() as conn:
            times = ledger.times_handed_back(conn, [job.id for job in suspects])
        now = time.monotonic()
        waited = [(job, max(now - self._seen(job), times.get(job.id, 0) * AGAIN)) for job in suspects]
        return sorted(waited, key=itemgetter(1), reverse=True)

    def _seen(self, job: Claimed) -> float:
        if len(self._since) > _MOST:
            self._since.clear()
        return self._since.setdefault(job.id, time.monotonic())

    def _suspect_runs(self) -> bool:
        known = [consumer.in_flight.attempts for consumer in self.broker.consumers.values()]
        return any(is_suspect(attempt.job) for attempts in known for attempt in list(attempts.values()))

    def _hand_back(self, jobs: list[Claimed]) -> None:
        if jobs:
            with transaction() as conn:
                ledger.release(conn, [job.held for job in jobs if is_suspect(job)], delay=AGAIN)
                ledger.release(conn, [job.held for job in jobs if not is_suspect(job)])


def is_suspect(job: Claimed) -> bool:
    """Tell whether a job saw half the crashes or losses it may see; one that saw them all is marked dead, unrun."""
    if job.crashes >= settings().max_crashes or job.lost >= ledger.MOST_LOST:
        return False
    return job.crashes >= ledger.suspicious_from() or job.lost >= ledger.MOST_LOST // 2
