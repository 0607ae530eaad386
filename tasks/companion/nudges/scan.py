"""Looks at all learners and nudges those for whom it is time, in small transactions, each of which may be the last."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from uuid import UUID

import dramatiq

from bellwork.db.companion.nudges import Last, Some, middle_learner, nudge_achievers, nudge_inactive
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.tasks.companion.nudges.words import WORDS
from bellwork.tasks.letters import wake
from bellwork.tasks.upkeep.sweeping.pace import Budget, Pace
from bellwork.workers import job

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bellwork.db.companion.nudges import Given, Words

#: Seconds of one run; the next job goes on where it ends.
BUDGET = 300.0
#: Learners of the first transaction; the next ones take what fits 100 ms, and no more than these.
_FIRST_BATCH, MOST = 500, 1_000


@dramatiq.actor(
    actor_name="companion.scan_inactivity",
    queue_name="companion",
    max_retries=3,
    min_backoff=10_000,
    time_limit=600_000,
)
def scan_inactivity(after: UUID | None = None, until: UUID | None = None) -> None:
    """Congratulate those who reached a goal, then nudge the inactive, `after` the learner whom the last run came to.

    Of many learners another job takes the second half, and this one those up to `until`. Run again it finds the same
    learners and writes nothing; so it begins anew wherever it was cut off.
    """
    budget = Budget(BUDGET)
    if after is None:
        scan(nudge_achievers, Budget(BUDGET))
        until = until or _share()
    rest = scan(nudge_inactive, budget, Last(after) if after else None, until)
    with job.transaction():
        if rest is not None:
            scan_inactivity.send(after=rest.id, until=until)


def _share() -> UUID | None:
    with transaction() as conn:
        middle = middle_learner(conn)
        if middle:
            scan_inactivity.send(after=middle)
    return middle


def scan(
    nudge: Callable[[Connection, Some, Words], Given],
    budget: Budget,
    after: Last | None = None,
    until: UUID | None = None,
) -> Last | None:
    """Nudge by one rule, range after range; returns where to go on if its time was over before."""
    pace = Pace(_FIRST_BATCH)
    while not budget.is_spent:
        before = time.monotonic()
        with transaction() as conn:
            given = nudge(conn, Some(min(pace.size, MOST), after, until), WORDS)
            if given.letters:
                wake(conn)
            reach("nudge_batch", "companion.scan_inactivity")
        pace.note(given.looked_at, time.monotonic() - before)
        if given.last is None:
            return None
        after = given.last
    return after
