"""A quick chain of stages stays on its thread: its next job is claimed by the commit that finishes the one before.

That spares the claim, the due set and the way through two threads. A chain is carried for half a second at most, and
only to jobs of the same queue that are at least as urgent: nobody who waits for a thread waits noticeably longer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bellwork.workers.outbox import flush_and_claim

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.engine import Transaction
    from bellwork.db.ledger import NewJob
    from bellwork.workers.attempt import Attempt


def send_off(open_: Transaction, ran: Sequence[Attempt]) -> list[Attempt]:
    """Insert what was sent in the transaction that finishes `ran`; returns the attempts that follow them at once.

    They are running in the ledger as soon as the transaction commits, and known to their holder before that.
    """
    first = ran[0]
    if first.holder is None or time.monotonic() > first.carried_until:
        return []
    claimed = flush_and_claim(open_, lambda jobs: _next(ran, jobs), first.job.worker_id)
    return first.holder.expect(claimed, first.carried_until)


def _next(ran: Sequence[Attempt], jobs: Sequence[NewJob]) -> list[NewJob]:
    first = ran[0]
    fit = [job for job in jobs if job.queue == first.queue and _is_next(first, job)]
    return fit[: len(ran)]


def _is_next(first: Attempt, job: NewJob) -> bool:
    # A waiting key is a matter of waiting: such a job is not born claimed.
    now = job.run_at is None and not job.delay and not job.waiting
    urgent = job.priority is not None and job.priority <= first.job.priority
    return now and urgent and first.holder is not None and first.holder.takes(job.actor)
