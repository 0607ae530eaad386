"""Grades an attempt: what was answered in time, once, whoever comes first: its submission or the end of its time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID  # noqa: TC003 - a worker reads the arguments of actors by their annotations

from bellwork.db.courses.attempts.answers import lock_attempts, read_questions
from bellwork.db.courses.attempts.grade import AnswerGrade, AttemptGrade, write_answers, write_attempts
from bellwork.db.courses.progress.days import Activity, count_day
from bellwork.db.courses.progress.lessons import Deed
from bellwork.db.courses.tables import AttemptStatus
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.tasks.courses.attempts.programs import run_programs
from bellwork.tasks.courses.attempts.rules import is_passing, is_right
from bellwork.tasks.courses.progress.settle import settle
from bellwork.workers import Snooze, job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from bellwork.db.courses.attempts.answers import Asked, Attempt
    from bellwork.tasks.courses.attempts.programs import Ran

    Programs = Mapping[tuple[UUID, UUID], Ran]

LATE = "answered after the time was over"


@actor(
    actor_name="courses.grade_attempt",
    queue_name="courses",
    subject="attempt_id",
    max_retries=10,
    min_backoff=1_000,
    max_backoff=60_000,
    time_limit=120_000,
)
def grade_attempt(attempt_id: UUID, at_end: bool = False) -> None:  # noqa: FBT001, FBT002 - an argument of a job
    """Grade an attempt that its learner has submitted, or `at_end` of its time; one that is graded stays as it is.

    Programs are run first, each in a sandbox of its own.
    """
    with transaction() as conn:
        asked = read_questions(conn, [each.id for each in lock_attempts(conn, [attempt_id])])
    ran = run_programs(asked)
    with job.transaction() as conn:
        grade(conn, [attempt_id], AttemptStatus.TIMED_OUT if at_end else AttemptStatus.COMPLETED, ran)
        reach("attempt_graded", str(attempt_id))


def grade(
    conn: Connection,
    attempts: Sequence[UUID],
    status: AttemptStatus,
    ran: Mapping[tuple[UUID, UUID], Ran] | None = None,
) -> int:
    """Grade those of the attempts that are in progress, in the caller's transaction; returns how many those were.

    With each grade goes what follows for its lesson, its course and its learner's day. `ran` are the programs among the
    answers; raises Snooze for one that was changed since it was run.
    """
    locked = lock_attempts(conn, attempts)
    if not locked:
        return 0
    asked = read_questions(conn, [each.id for each in locked])
    answers = {(each.attempt_id, each.question_id): _answer(each, ran or {}) for each in asked if each.answered}
    write_answers(conn, list(answers.values()))
    of_attempt: dict[UUID, list[Asked]] = {each.id: [] for each in locked}
    for each in asked:
        of_attempt[each.attempt_id].append(each)
    grades = [_attempt(each, of_attempt[each.id], answers, at_end=status is AttemptStatus.TIMED_OUT) for each in locked]
    ended = set(write_attempts(conn, status, grades))
    for attempt in sorted(locked, key=lambda one: (one.user_id, one.id)):
        if attempt.id in ended:
            # The enrollment is locked before the day, as whoever records progress does it.
            if attempt.lesson_id:
                settle(conn, attempt.user_id, attempt.lesson_id, Deed(attempt.now))
            count_day(conn, attempt.now, Activity(attempt.user_id, quizzes=1))
    return len(ended)


def _answer(asked: Asked, ran: Programs) -> AnswerGrade:
    where = (asked.attempt_id, asked.question_id)
    if asked.late:
        return AnswerGrade(*where, None, 0, LATE)
    if asked.is_program:
        found = ran.get(where)
        if found is None or found.response != asked.response:
            raise Snooze(1, "an answer was changed while it was run")
        return AnswerGrade(*where, found.right, asked.points if found.right else 0, found.why)
    right = asked.response is not None and is_right(asked.question_type, asked.correct_answer, asked.response)
    return AnswerGrade(*where, right, asked.points if right else 0)


def _attempt(
    attempt: Attempt, asked: Sequence[Asked], answers: dict[tuple[UUID, UUID], AnswerGrade], *, at_end: bool
) -> AttemptGrade:
    found = [(each, answers.get((attempt.id, each.question_id))) for each in asked]
    score = sum(grade.points for _, grade in found if grade)
    open_points = sum(each.points for each, grade in found if grade and grade.is_correct is None and not each.late)
    total = sum(each.points for each in asked)
    passing = is_passing(score, total, open_points, attempt.passing_score)
    return AttemptGrade(attempt.id, score, total, passing, attempt.due if at_end else None)
