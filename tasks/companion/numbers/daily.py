"""Every learner's numbers once in each of his days: what no event told of, and streaks that were not kept."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import dramatiq

from bellwork.db.companion.numbers.goals import lock_goals_of
from bellwork.db.companion.numbers.learners import lock_due_learners
from bellwork.db.engine import transaction
from bellwork.tasks.companion.numbers import goals, learners

if TYPE_CHECKING:
    from uuid import UUID

#: Learners of one transaction, which takes about a tenth of a second; and seconds after which a run leaves the rest.
AT_ONCE, BUDGET = 250, 600.0


@dramatiq.actor(
    actor_name="companion.recompute_learners",
    callers="internal",
    queue_name="companion",
    max_retries=3,
    min_backoff=10_000,
    time_limit=900_000,
)
def recompute_learners() -> None:
    """Count the numbers of learners whose own day has begun since they were last counted, and of their goals.

    Cut off anywhere it goes on with the rest at its next run; two at once share the learners.
    """
    until, last = monotonic() + BUDGET, None
    while monotonic() < until:
        done = recompute_some(last)
        if not done:
            return
        last = done[-1]


def recompute_some(after: UUID | None) -> list[UUID]:
    """Count the next learners after one, in a transaction; returns who they were."""
    with transaction() as conn:
        students = lock_due_learners(conn, after, AT_ONCE)
        goals.renew(conn, lock_goals_of(conn, students))
        learners.renew(conn, students)
    return students
