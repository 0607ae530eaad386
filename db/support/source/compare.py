"""Finds what was taken in and is no longer in its source: inputs are deleted, enrollments are dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

#: By the system whose rows they were: what is deleted here where that is gone there, each returning its enrollment.
_GONE = {
    "courses": (
        """DELETE FROM {support}.quiz_attempts q WHERE starts_with(q.source_id, 'courses:') AND NOT EXISTS (
            SELECT FROM {courses}.assessment_attempts a WHERE 'courses:' || a.id = q.source_id)
        RETURNING q.enrollment_id""",
        """DELETE FROM {support}.topic_completions c WHERE starts_with(c.source_id, 'courses:') AND NOT EXISTS (
            SELECT FROM {courses}.lesson_progress p
            WHERE 'courses:' || p.id = c.source_id AND p.status = 'completed' AND p.completed_at IS NOT NULL)
        RETURNING c.enrollment_id""",
        """UPDATE {support}.student_enrollments e SET status = 'dropped'
        FROM {support}.taken_enrollments t WHERE t.enrollment_id = e.id AND e.status NOT IN ('dropped', 'completed')
          AND NOT EXISTS (SELECT FROM {courses}.enrollments n WHERE n.id = e.id)
        RETURNING e.id""",
    ),
    "companion": (
        """DELETE FROM {support}.escalations x WHERE starts_with(x.source_id, 'companion:') AND NOT EXISTS (
            SELECT FROM {companion}.qa_interactions q WHERE 'companion:' || q.id = x.source_id)
        RETURNING x.enrollment_id""",
    ),
}
#: Who was erased in the source, or deleted, and is not erased here.
_LEFT = """
SELECT p.id FROM {support}.user_profiles p
WHERE p.erased_at IS NULL AND EXISTS (
    SELECT FROM {courses}.users u WHERE u.id = p.id AND u.email ~ '^erased-.*@invalid$')
ORDER BY p.id
"""


def compare(conn: Connection, source: str) -> list[UUID]:
    """Take back what is gone from a source, in the caller's transaction; returns enrollments whose inputs changed."""
    return sorted({row for statement in _GONE[source] for row in conn.execute(sql(statement)).scalars()})


def left(conn: Connection) -> list[UUID]:
    """List whom `courses` has erased and support has not."""
    return list(conn.execute(sql(_LEFT)).scalars())
