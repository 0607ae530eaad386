"""What the courses system keeps in order by itself: enrollments that are over, counts of courses, users who leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bellwork.db.courses.aggregates import next_courses, recount_aggregates
from bellwork.db.courses.enrollments import expire_enrollments as expire
from bellwork.db.courses.erase import erase
from bellwork.db.courses.leaving import due_users, lock_leaving
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.tasks.letters import forget_person
from bellwork.tasks.providers import storage
from bellwork.tasks.upkeep.sweeping.pace import Budget
from bellwork.workers import job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from uuid import UUID

log = structlog.get_logger("bellwork.courses")
#: Rows of a transaction, and seconds of a run; the next one takes the rest.
ENROLLMENTS, COURSES, USERS, BUDGET = 1_000, 200, 100, 300.0
_UPKEEP: dict[str, Any] = {
    "callers": "internal",
    "queue_name": "courses",
    "max_retries": 3,
    "min_backoff": 10_000,
    "time_limit": 600_000,
}


@actor(actor_name="courses.expire_enrollments", **_UPKEEP)
def expire_enrollments() -> None:
    """Let active enrollments expire whose time is over; completed ones stay completed."""
    budget, found = Budget(BUDGET), ENROLLMENTS
    while found == ENROLLMENTS and not budget.is_spent:
        with transaction() as conn:
            found = expire(conn, ENROLLMENTS)
    with job.transaction():
        pass


@actor(actor_name="courses.recount_courses", **_UPKEEP)
def recount_courses() -> None:
    """Count learners, minutes and ratings of all courses from their rows."""
    last: UUID | None = None
    while True:
        with transaction() as conn:
            courses = next_courses(conn, last, COURSES)
            if courses:
                recount_aggregates(conn, courses)
        if not courses:
            break
        last = courses[-1]
    with job.transaction():
        pass


@actor(actor_name="courses.erase_leaving", **_UPKEEP)
def erase_leaving() -> None:
    """Erase users who asked for it so long ago that they may not change their mind: name, address, words and files.

    Each is a transaction; files go before its commit, so that a run that is cut off between them finds the user again.
    """
    with transaction() as conn:
        due = due_users(conn, USERS)
    for user in due:
        with transaction() as conn:
            if lock_leaving(conn, user):
                erased = erase(conn, str(user))
                forget_person(conn, "courses", str(user))
                for file in erased.files:
                    _delete(file)
                reach("user_erased", str(user))
    with job.transaction():
        pass


def _delete(file: str) -> None:
    kept = storage()
    kept.delete(kept.key_of(file) if "://" in file else file)
