"""Courses under fire: an order is a learner who reads the one lesson of a course, told of twice.

In the end each learner's course is completed once and counted whole, his day has one lesson, and there is one
certificate of it, settled, with a number of its own and its page in the storage.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.courses.seed import add, add_user, enroll

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SLUG = "soak"
_LESSON = "SELECT l.id, m.course_id FROM courses.lessons l JOIN courses.modules m ON m.id = l.module_id"
_WAITING = """
SELECT EXISTS (SELECT FROM bellwork.jobs WHERE actor IN ('courses.record_progress', 'courses.issue_certificate'))
"""
_BROKEN = """
WITH learners AS (
    SELECT u.id, u.last_name AS name, e.status, p.percent_complete AS percent,
           (SELECT coalesce(sum(d.lessons), 0) FROM courses.learner_days d WHERE d.user_id = u.id) AS lessons,
           count(c.id) AS certificates, count(c.pdf_url) AS pages
    FROM courses.users u
    JOIN courses.enrollments e ON e.user_id = u.id
    LEFT JOIN courses.course_progress p ON p.enrollment_id = e.id
    LEFT JOIN courses.certificates c ON c.user_id = u.id AND c.course_id = e.course_id
    WHERE u.first_name = 'Soak' GROUP BY u.id, e.id, p.id)
SELECT name || ' is ' || status || ' at ' || coalesce(percent, 0) || ' %' FROM learners
WHERE status <> 'completed' OR percent IS DISTINCT FROM 100
UNION ALL
SELECT name || ' has ' || lessons || ' lessons in his days' FROM learners WHERE lessons <> 1
UNION ALL
SELECT name || ' has ' || certificates || ' certificates and ' || pages || ' pages' FROM learners
WHERE (certificates, pages) <> (1, 1)
ORDER BY 1
"""


def lay_out(conn: Connection) -> None:
    """Make the course of one lesson."""
    teacher = add_user(conn, "Grace", "Reed", role="instructor")
    shape = {"category": "databases", "skill_level": "beginner", "status": "published"}
    course = add(conn, "courses", instructor_id=teacher, title="Soaking", slug=_SLUG, **shape)
    module = add(conn, "modules", course_id=course, title="One", order_index=1)
    add(conn, "lessons", module_id=module, title="To be read", lesson_type="reading", order_index=1)


def read(conn: Connection, order: str) -> None:
    """Enroll a learner and tell twice that the lesson was read."""
    from bellwork.tasks.courses.progress.record import record_progress  # noqa: PLC0415 - loaded by a program of the soak

    lesson, course = conn.execute(text(_LESSON)).one()
    learner = add_user(conn, "Soak", order)
    enroll(conn, learner, course)
    told = {"event_id": order, "user_id": str(learner), "lesson_id": str(lesson), "kind": "read"}
    for _ in range(2):
        record_progress.send(event=told | {"at": datetime.now(UTC).isoformat()})


def waiting(conn: Connection) -> bool:
    """Tell whether somebody's progress is not recorded yet, or a certificate not issued."""
    return bool(conn.execute(text(_WAITING)).scalar_one())


def broken(conn: Connection) -> list[str]:
    """List the learners whose course, day or certificate is not what they did."""
    return list(conn.execute(text(_BROKEN)).scalars())
