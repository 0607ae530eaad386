"""Every learner's numbers once in each of his days: what no event told of, and streaks that were not kept."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING
from uuid import UUID

import dramatiq

from bellwork.db.companion.nudges import middle_learner
from bellwork.db.companion.numbers.goals import lock_goals_of
from bellwork.db.companion.numbers.learners import lock_due_learners
from bellwork.db.engine import transaction
from bellwork.tasks.companion.numbers import goals, learners
from bellwork.tasks.upkeep.sweeping.pace import Budget, Pace

if TYPE_CHECKING:
    from collections.abc import Iterator

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
def recompute_learners(after: UUID | None = None) -> None:
    """Count the numbers of learners whose own day has begun since they were last counted, and of their goals.

    Of many learners another job takes those `after` the middle one, and this one the others. Cut off anywhere it goes
    on with the rest at its next run; two at once share the learners.
    """
    until = None if after else share()
    for _ in batches(BUDGET, after, until):
        pass


def share() -> UUID | None:
    """Send a job for the second half of many learners; returns the last one of the first half, None for few."""
    with transaction() as conn:
        middle = middle_learner(conn)
        if middle:
            recompute_learners.send(after=middle)
    return middle


def batches(seconds: float, after: UUID | None = None, until: UUID | None = None) -> Iterator[int]:
    """Count learners who are due, batch after batch, each in a transaction; yields how many they were.

    Those `after` one and `until` another, both or either, by their ids.
    """
    budget, pace = Budget(seconds), Pace(FIRST)
    while not budget.is_spent:
        before = monotonic()
        students = _count(after, until, pace.size)
        if not students:
            return
        pace.note(len(students), monotonic() - before)
        after = students[-1]
        yield len(students)


def _count(after: UUID | None, until: UUID | None, most: int) -> list[UUID]:
    with transaction() as conn:
        students = lock_due_learners(conn, after, until, most)
        goals.renew(conn, lock_goals_of(conn, students))
        learners.renew(conn, students, of_the_day=True)
    return students
