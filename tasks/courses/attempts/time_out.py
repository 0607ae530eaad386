"""Attempts whose time is over: graded by what was answered."""

from __future__ import annotations

from time import monotonic

from bellwork.db.courses.attempts.answers import due_programs, lock_due
from bellwork.db.courses.tables import AttemptStatus
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.tasks.courses.attempts.grade import grade, grade_attempt
from bellwork.tasks.upkeep.sweeping.pace import Budget, Pace
from bellwork.workers import job
from bellwork.workers.actor import actor

#: Attempts of the first transaction (the next take what fits 100 ms), and seconds of a run, which comes each minute.
FIRST, BUDGET = 20, 50.0
#: Attempts with programs that are sent on by one run.
PROGRAMS = 1_000


@actor(
    actor_name="courses.time_out_attempts",
    callers="internal",
    queue_name="courses",
    max_retries=3,
    min_backoff=10_000,
    time_limit=120_000,
)
def time_out_attempts() -> None:
    """Grade attempts whose time is over by what was answered until then; a submission at that moment is one grade.

    Those with an answer that is a program have a job of their own.
    """
    budget, pace, found = Budget(BUDGET), Pace(FIRST), 1
    while found and not budget.is_spent:
        before = monotonic()
        with transaction() as conn:
            due = lock_due(conn, pace.size)
            found = grade(conn, due, AttemptStatus.TIMED_OUT) if due else 0
            reach("attempts_timed_out", "courses.time_out_attempts")
        pace.note(len(due), monotonic() - before)
    with job.transaction() as conn:
        for attempt in due_programs(conn, PROGRAMS):
            key = f"courses.grade_attempt:{attempt}"
            grade_attempt.send_with_options(kwargs={"attempt_id": attempt, "at_end": True}, unique_key=key)
