"""Counts, durations and ratings of courses, from rows: all courses by the same statement."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_NEXT = "SELECT id FROM {courses}.courses WHERE id > :after ORDER BY id LIMIT :most"
# Of a learner's ratings the last one counts that is a number from 1 to 5.
_COUNT = """
WITH course AS MATERIALIZED (SELECT unnest(CAST(:ids AS uuid[])) AS id),
enrolled AS (
    SELECT e.course_id AS id, count(*) AS learners FROM {courses}.enrollments e JOIN course ON course.id = e.course_id
    WHERE e.status <> 'cancelled' GROUP BY e.course_id
), length AS (
    SELECT m.course_id AS id, sum(l.duration_minutes) AS minutes
    FROM {courses}.modules m JOIN course ON course.id = m.course_id JOIN {courses}.lessons l ON l.module_id = m.id
    GROUP BY m.course_id
), rated AS (
    SELECT DISTINCT ON (v.course_id, v.user_id) v.course_id AS id, CAST(v.event_data ->> 'rating' AS numeric) AS rating
    FROM {courses}.learning_events v JOIN course ON course.id = v.course_id
    WHERE v.event_type = 'course.rated' AND v.event_data ->> 'rating' ~ '^([1-4](\\.[0-9]{1,6})?|5(\\.0{1,6})?)$'
    ORDER BY v.course_id, v.user_id, v.created_at DESC, v.id
), rating AS (
    SELECT id, round(avg(rating), 2) AS average, count(*) AS raters FROM rated GROUP BY id
), counted AS (
    SELECT course.id, coalesce(enrolled.learners, 0) AS learners, coalesce(length.minutes, 0) AS minutes,
           coalesce(rating.average, 0) AS average, coalesce(rating.raters, 0) AS raters
    FROM course LEFT JOIN enrolled USING (id) LEFT JOIN length USING (id) LEFT JOIN rating USING (id)
)
UPDATE {courses}.courses c SET enrollment_count = n.learners, duration_minutes = n.minutes, rating_average = n.average,
    rating_count = n.raters, updated_at = now()
FROM counted n WHERE c.id = n.id
  AND (c.enrollment_count, c.duration_minutes, c.rating_average, c.rating_count)
      IS DISTINCT FROM (n.learners, n.minutes, n.average, n.raters)
"""


def next_courses(conn: Connection, after: UUID | None, most: int) -> list[UUID]:
    """Return the next courses by id, at most so many; none where that was the last."""
    return list(conn.execute(sql(_NEXT), {"after": after or UUID(int=0), "most": most}).scalars())


def recount_aggregates(conn: Connection, courses: Sequence[UUID]) -> int:
    """Count learners, minutes of lessons and ratings of courses anew; returns how many of them that changed."""
    return conn.execute(sql(_COUNT), {"ids": list(courses)}).rowcount
