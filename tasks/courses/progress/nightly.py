"""All enrollments from their rows: what no event told of, and courses that were changed under their learners."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING
from uuid import UUID  # noqa: TC003 - a worker reads the arguments of actors by their annotations

from bellwork.db.courses.progress.courses import complete_courses, lock_enrollments, recount_courses
from bellwork.db.courses.progress.lessons import settle_lessons
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.tasks.courses.progress.settle import announce
from bellwork.tasks.upkeep.sweeping.pace import Budget, Pace
from bellwork.workers import job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Enrollments of the first transaction (the next take what fits 100 ms), and seconds of a run; another goes on.
FIRST, BUDGET = 200, 600.0


@actor(
    actor_name="courses.recount_progress",
    callers="internal",
    queue_name="courses",
    max_retries=3,
    min_backoff=10_000,
    time_limit=900_000,
)
def recount_progress(after: UUID | None = None) -> None:
    """Count the progress of all enrollments, `after` the one that the last run came to, and complete what is over.

    Set by set, each in a transaction; cut off anywhere, a run that begins anew finds what is done done.
    """
    last = after
    for last in recount(after, BUDGET):  # noqa: B007 - where the run ended is where the next one begins
        pass
    with job.transaction() as conn:
        if lock_enrollments(conn, last, 1):
            recount_progress.send(after=last)


def recount(after: UUID | None, seconds: float) -> Iterator[UUID]:
    """Count enrollments set by set; yields the last one of each."""
    budget, pace = Budget(seconds), Pace(FIRST)
    while not budget.is_spent:
        before = monotonic()
        with transaction() as conn:
            enrollments = lock_enrollments(conn, after, pace.size)
            if not enrollments:
                return
            settle_lessons(conn, enrollments)
            recount_courses(conn, enrollments)
            announce(conn, complete_courses(conn, enrollments))
            reach("progress_set", "courses.recount_progress")
        pace.note(len(enrollments), monotonic() - before)
        after = enrollments[-1]
        yield after
