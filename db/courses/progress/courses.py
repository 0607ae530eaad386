"""How far enrollments have come, counted from rows: one or thousands by the same statements; completed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_FIRST = UUID(int=0)
# Who is being counted just now by an event is left out: the event counts after its own change.
_LOCK = """
SELECT id FROM {courses}.enrollments WHERE id > :after ORDER BY id LIMIT :most FOR NO KEY UPDATE SKIP LOCKED
"""
# A film counts with the furthest position, a lab and an attempt with the time from start to end.
_COUNT = """
WITH enrolled AS MATERIALIZED (
    SELECT id, user_id, course_id, status FROM {courses}.enrollments WHERE id = ANY(CAST(:ids AS uuid[]))
), worked AS (
    SELECT s.user_id, b.lesson_id,
           sum(extract(epoch FROM least(s.completed_at, s.expires_at) - s.started_at)) AS seconds
    FROM {courses}.lab_sessions s JOIN {courses}.labs b ON b.id = s.lab_id
    WHERE s.user_id IN (SELECT user_id FROM enrolled) AND s.status IN ('completed', 'expired')
      AND least(s.completed_at, s.expires_at) > s.started_at
    GROUP BY s.user_id, b.lesson_id
), answered AS (
    SELECT t.user_id, a.lesson_id, sum(extract(epoch FROM t.completed_at - t.started_at)) AS seconds
    FROM {courses}.assessment_attempts t JOIN {courses}.assessments a ON a.id = t.assessment_id
    WHERE t.user_id IN (SELECT user_id FROM enrolled) AND t.status <> 'in_progress' AND t.completed_at > t.started_at
    GROUP BY t.user_id, a.lesson_id
), counted AS (
    SELECT e.id, e.status, count(l.id) AS lessons, count(l.id) FILTER (WHERE p.status = 'completed') AS done,
           count(b.id) AS labs, count(b.id) FILTER (WHERE p.lab_completed) AS labs_done,
           floor(sum(coalesce(p.video_position_seconds, 0) + coalesce(w.seconds, 0) + coalesce(q.seconds, 0)) / 60)
               AS minutes
    FROM enrolled e
    LEFT JOIN {courses}.modules m ON m.course_id = e.course_id
    LEFT JOIN {courses}.lessons l ON l.module_id = m.id
    LEFT JOIN {courses}.labs b ON b.lesson_id = l.id
    LEFT JOIN {courses}.lesson_progress p ON p.user_id = e.user_id AND p.lesson_id = l.id
    LEFT JOIN worked w ON w.user_id = e.user_id AND w.lesson_id = l.id
    LEFT JOIN answered q ON q.user_id = e.user_id AND q.lesson_id = l.id
    GROUP BY e.id, e.status
)
INSERT INTO {courses}.course_progress AS c (enrollment_id, completed_lessons, total_lessons, completed_labs, total_labs,
    time_spent_minutes, percent_complete, last_accessed_at)
SELECT id, done, lessons, labs_done, labs, minutes,
       CASE WHEN status = 'completed' OR done = lessons AND lessons > 0 THEN 100 WHEN lessons = 0 THEN 0
            ELSE least(round(100.0 * done / lessons, 2), 99.99) END,
       CAST(:at AS timestamptz)
FROM counted
ON CONFLICT (enrollment_id) DO UPDATE SET
    completed_lessons = excluded.completed_lessons, total_lessons = excluded.total_lessons,
    completed_labs = excluded.completed_labs, total_labs = excluded.total_labs,
    time_spent_minutes = excluded.time_spent_minutes, percent_complete = excluded.percent_complete,
    last_accessed_at = greatest(c.last_accessed_at, excluded.last_accessed_at), updated_at = now()
WHERE (c.completed_lessons, c.total_lessons, c.completed_labs, c.total_labs, c.time_spent_minutes, c.percent_complete,
       c.last_accessed_at)
   IS DISTINCT FROM (excluded.completed_lessons, excluded.total_lessons, excluded.completed_labs, excluded.total_labs,
       excluded.time_spent_minutes, excluded.percent_complete,
       greatest(c.last_accessed_at, excluded.last_accessed_at))
"""
_COMPLETE = """
UPDATE {courses}.enrollments e SET status = 'completed', completed_at = now(), updated_at = now()
FROM {courses}.course_progress p, {courses}.courses c
WHERE e.id = ANY(CAST(:ids AS uuid[])) AND p.enrollment_id = e.id AND c.id = e.course_id AND e.status = 'active'
  AND (e.expires_at > now()) IS NOT FALSE AND p.total_lessons > 0 AND p.completed_lessons = p.total_lessons
  AND NOT EXISTS (
      SELECT FROM {courses}.modules m JOIN {courses}.lessons l ON l.module_id = m.id
      JOIN {courses}.assessments a ON a.lesson_id = l.id
      WHERE m.course_id = e.course_id AND a.assessment_type IN ('exam', 'certification')
        AND NOT EXISTS (SELECT FROM {courses}.assessment_attempts t
                        WHERE t.user_id = e.user_id AND t.assessment_id = a.id AND t.is_passing))
RETURNING e.id, e.user_id, e.course_id, c.title
"""


class Completed(NamedTuple):
    """An enrollment that was completed just now."""

    enrollment_id: UUID
    user_id: UUID
    course_id: UUID
    title: str


def lock_enrollments(conn: Connection, after: UUID | None, most: int) -> list[UUID]:
    """Lock the next enrollments by id that nobody else has locked, at most so many; none where that was the last."""
    return list(conn.execute(sql(_LOCK), {"after": after or _FIRST, "most": most}).scalars())


def recount_courses(conn: Connection, enrollments: Sequence[UUID], at: datetime | None = None) -> int:
    """Count how far enrollments have come that the caller has locked; returns how many rows that changed.

    Percent is 100 · completed lessons / lessons, and stays 100 for who completed the course before a lesson came.
    `at` is when the learner was there, None where he was not.
    """
    return conn.execute(sql(_COUNT), {"ids": list(enrollments), "at": at}).rowcount


def complete_courses(conn: Connection, enrollments: Sequence[UUID]) -> list[Completed]:
    """Complete those of the counted enrollments whose lessons are all done and whose exams are passed; each once."""
    return [Completed(*row) for row in conn.execute(sql(_COMPLETE), {"ids": list(enrollments)})]
