"""Counts students as they are now, for today (UTC); what stands when the day is over is the day's.

active      students whose account is active            asking      of them, those who asked within 7 days: adoption
new         accounts of the last 30 days                activated   of them, those who logged in: activation
struggling  with two topics or more (vividly.md, Struggling Students Report)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.figures.plan import ALL, STUDENTS
from bellwork.db.content.figures.synthetic import SYNTHETIC
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Days within which a student has to have asked, and within which an account is new.
ASKED_WITHIN, NEW_FOR = 7, 30
_COUNT = f"""
INSERT INTO {{content}}.student_days AS old (day, school_id, {", ".join(STUDENTS)})
SELECT CAST(now() AT TIME ZONE 'UTC' AS date), coalesce(s.school_id, '{ALL}'),
       count(*) FILTER (WHERE s.is_active), count(*) FILTER (WHERE s.is_active AND s.asked),
       count(*) FILTER (WHERE s.is_new), count(*) FILTER (WHERE s.is_new AND s.last_login_at IS NOT NULL),
       count(*) FILTER (WHERE s.struggles)
FROM (
    SELECT u.org_id AS school_id, u.is_active IS TRUE AS is_active, u.last_login_at,
           coalesce(u.created_at > now() - interval '{NEW_FOR} days', false) AS is_new,
           EXISTS (SELECT FROM {{content}}.content_requests r
                   WHERE r.student_id = u.id AND r.created_at > now() - interval '{ASKED_WITHIN} days') AS asked,
           u.id IN (SELECT id FROM {{content}}.struggling_students) AS struggles
    FROM {{content}}.users u WHERE u.role = 'student' AND u.deleted_at IS NULL AND u.id <> '{SYNTHETIC}'
) s
GROUP BY GROUPING SETS ((), (s.school_id))
ON CONFLICT (day, school_id) DO UPDATE SET ({", ".join(STUDENTS)}) =
    ({", ".join(f"excluded.{name}" for name in STUDENTS)})
WHERE (old.*) IS DISTINCT FROM (excluded.*)
"""  # noqa: S608 - fragments of ours


def count_students(conn: Connection) -> int:
    """Count them; returns how many rows are new or changed."""
    return conn.execute(sql(_COUNT)).rowcount
