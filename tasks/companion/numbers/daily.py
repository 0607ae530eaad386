"""Every learner's numbers once in each of his days: what no event told of, and streaks that were not kept."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import dramatiq

from bellwork.db.companion.numbers.goals import lock_goals_of
from bellwork.db.companion.numbers.learners import lock_due_learners
from bellwork.db.engine import transaction
from bellwork.tasks.companion.numbers import goals, learners
from bellwork.tasks.upkeep.sweeping.pace import Budget, Pace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

#: Learners of the first transaction (the next take what fits 100 ms), and seconds after which a run leaves the rest.
FIRST, BUDGET = 100, 600.0


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
    for _ in batches(BUDGET):
        pass


def batches(seconds: float) -> Iterator[int]:
    """Count learners who are due, batch after batch, each in a transaction; yields how many they were."""
    budget, pace, last = Budget(seconds), Pace(FIRST), None
    while not budget.is_spent:
        before = monotonic()
        students = _count(last, pace.size)
        if not students:
            return
        pace.note(len(students), monotonic() - before)
        last = students[-1]
        yield len(students)


def _count(after: UUID | None, most: int) -> list[UUID]:
    with transaction() as conn:
        students = lock_due_learners(conn, after, most)
        goals.renew(conn, lock_goals_of(conn, students))
        learners.renew(conn, students, of_the_day=True)
    return students
