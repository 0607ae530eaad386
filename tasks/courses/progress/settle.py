"""A lesson, its course and its day, after something was done: by rows, in the transaction that it was done in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bellwork import enqueue
from bellwork.db.courses.progress.courses import complete_courses, recount_courses
from bellwork.db.courses.progress.days import Activity, count_day
from bellwork.db.courses.progress.lessons import Deed, lock_enrollment, note_deed, settle_lesson
from bellwork.db.webhooks import emit
from bellwork.tasks.courses.tell import tell

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy import Connection

    from bellwork.db.courses.progress.courses import Completed


def settle(conn: Connection, user_id: UUID, lesson_id: UUID, deed: Deed) -> bool:
    """Write down what a learner did of a lesson, and what follows; False where there is no such learner or lesson.

    The lesson is completed where all of it is done, the course counted anew, and completed where it is over. Call it in
    the transaction that makes it so; the enrollment is locked first. The same again changes nothing.
    """
    enrollment = lock_enrollment(conn, user_id, lesson_id)
    if not note_deed(conn, user_id, lesson_id, deed):
        return False
    if done := settle_lesson(conn, user_id, lesson_id):
        count_day(conn, deed.at, Activity(user_id, lessons=len(done)))
    if enrollment is not None:
        recount_courses(conn, [enrollment], deed.at)
        announce(conn, complete_courses(conn, [enrollment]))
    return True


def pass_lab(conn: Connection, user_id: UUID, lesson_id: UUID) -> bool:
    """Let a learner have passed the lab of a lesson, in the transaction that ends its session; as `settle`."""
    return settle(conn, user_id, lesson_id, Deed(datetime.now(UTC), lab_passed=True))


def announce(conn: Connection, completed: Iterable[Completed]) -> None:
    """Have certificates issued for courses that were completed, and tell learners and listeners, in the same commit."""
    for each in completed:
        enrollment = str(each.enrollment_id)
        key = f"courses.issue_certificate:{enrollment}"
        enqueue(conn, "courses.issue_certificate", {"enrollment_id": enrollment}, unique_key=key)
        ids = {"enrollment_id": each.enrollment_id, "course_id": each.course_id}
        emit(conn, "enrollment.completed", ids, key=enrollment)
        told = f"You have completed the course {each.title}. Your certificate is on its way."
        tell(conn, each.user_id, "course_completed", enrollment, subject="You have completed a course", text=told)
