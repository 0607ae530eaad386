"""Inline continuation: the next job of a quick chain is claimed by the commit that finishes the one before it.

That spares the claim, the due set and the way through two threads. A chain keeps its thread for half a second at most,
and only for jobs of the same queue that are at least as urgent: jobs that wait for a thread hardly wait longer.
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


def continue_inline(open_: Transaction, ran: Sequence[Attempt]) -> list[Attempt]:
    """Insert what was sent in the transaction that finishes `ran`; returns the attempts that follow them at once.

    They are running in the ledger as soon as the transaction commits, and in flight with their holder before that.
    """
    first = ran[0]
    if first.holder is None or time.monotonic() > first.inline_until:
        return []
    claimed = flush_and_claim(open_, lambda jobs: _next(ran, jobs), first.job.worker_id)
    return first.holder.expect(claimed, first.inline_until)


def _next(ran: Sequence[Attempt], jobs: Sequence[NewJob]) -> list[NewJob]:
    first = ran[0]
    fit = [job for job in jobs if job.queue == first.queue and _is_next(first, job)]
    return fit[: len(ran)]


def _is_next(first: Attempt, job: NewJob) -> bool:
    # A key that is unique among waiting jobs needs one that waits: such a job is not inserted as claimed.
    now = job.run_at is None and not job.delay and not job.waiting
    urgent = job.priority is not None and job.priority <= first.job.priority
    return now and urgent and first.holder is not None and first.holder.takes(job.actor)
