"""Which sessions call for a letter now: first sessions ahead, first sessions just over, sessions without feedback.

A session is over at its start (the actual one, where it is known) and duration. Each selection can be made as often as
one likes: whether a letter goes out is decided by its key, not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

#: A tutor is told of first sessions within the next 24 hours whose risk is at least this (tutormax, TM11).
RISK_FROM = 0.5
_OVER = "coalesce(s.actual_start, s.scheduled_start) + make_interval(mins => coalesce(s.duration_minutes, 0))"
# The share of rated first sessions in 90 days that were rated below 3 or begun more than 10 minutes late, smoothed with
# 2 of 4: who has none yet stands at one half.
_RISKS = """
WITH ahead AS (
    SELECT s.session_id, s.tutor_id, s.scheduled_start FROM {tutoring}.sessions s
    JOIN {tutoring}.tutors t ON t.tutor_id = s.tutor_id AND t.status IS DISTINCT FROM 'churned'
    WHERE s.session_number = 1 AND s.scheduled_start > now() AND s.scheduled_start <= now() + interval '24 hours'
      AND s.actual_start IS NULL AND NOT coalesce(s.no_show, false)
), seen AS (
    SELECT s.tutor_id, count(*) AS rated,
           count(*) FILTER (WHERE b.overall_rating < 3 OR s.late_start_minutes > 10) AS poor
    FROM (SELECT DISTINCT tutor_id FROM ahead) a JOIN {tutoring}.sessions s ON s.tutor_id = a.tutor_id
    JOIN {tutoring}.student_feedback b ON b.session_id = s.session_id AND b.overall_rating IS NOT NULL
    WHERE s.session_number = 1 AND s.scheduled_start > now() - interval '90 days' AND s.scheduled_start <= now()
    GROUP BY s.tutor_id
)
INSERT INTO {tutoring}.first_session_risks (session_id, tutor_id, probability, rated, poor)
SELECT ahead.session_id, ahead.tutor_id, round((coalesce(seen.poor, 0) + 2) / (coalesce(seen.rated, 0) + 4.0), 4),
       coalesce(seen.rated, 0), coalesce(seen.poor, 0)
FROM ahead LEFT JOIN seen ON seen.tutor_id = ahead.tutor_id ORDER BY ahead.session_id
ON CONFLICT DO NOTHING RETURNING session_id, tutor_id, probability
"""
_WITHOUT_FEEDBACK = f"""
SELECT s.session_id, s.student_id, s.tutor_id FROM {{tutoring}}.sessions s
WHERE s.scheduled_start > now() - interval '3 days' AND s.scheduled_start <= now() - interval '23 hours'
  AND {_OVER} BETWEEN now() - interval '48 hours' AND now() - interval '24 hours'
  AND NOT coalesce(s.no_show, false) AND s.actual_start IS NOT NULL
  AND NOT EXISTS (SELECT FROM {{tutoring}}.student_feedback b WHERE b.session_id = s.session_id)
ORDER BY s.session_id
"""  # noqa: S608 - fragments of ours
_CHECK_INS = f"""
WITH over AS (
    SELECT s.session_id, s.tutor_id FROM {{tutoring}}.sessions s
    JOIN {{tutoring}}.tutors t ON t.tutor_id = s.tutor_id AND t.status IS DISTINCT FROM 'churned'
    WHERE s.session_number = 1 AND s.scheduled_start > now() - interval '2 days' AND s.scheduled_start <= now()
      AND {_OVER} BETWEEN now() - interval '4 hours' AND now() - interval '2 hours'
      AND NOT coalesce(s.no_show, false) AND s.actual_start IS NOT NULL
), begun AS (
    INSERT INTO {{tutoring}}.interventions (intervention_id, tutor_id, intervention_type, trigger_reason,
        recommended_date, assigned_to, status, due_date)
    SELECT DISTINCT ON (tutor_id)
           'int_' || left(encode(sha256(convert_to('check-in|' || session_id, 'UTF8')), 'hex'), 40),
           tutor_id, 'first_session_checkin', 'a first session was held', now(), 'tutor_coach', 'pending',
           now() + interval '5 days'
    FROM over ORDER BY tutor_id, session_id
    ON CONFLICT DO NOTHING
)
SELECT session_id, tutor_id FROM over ORDER BY session_id
"""  # noqa: S608 - fragments of ours
_PERSON = """
SELECT s.session_id, s.tutor_id, s.student_id, t.name AS tutor_name, t.email AS tutor_email, p.name AS student_name,
       s.subject, s.scheduled_start, s.no_show, s.actual_start,
       EXISTS (SELECT FROM {tutoring}.student_feedback b WHERE b.session_id = s.session_id) AS has_feedback
FROM {tutoring}.sessions s JOIN {tutoring}.tutors t ON t.tutor_id = s.tutor_id
LEFT JOIN {tutoring}.students p ON p.student_id = s.student_id WHERE s.session_id = :id
"""


@dataclass(frozen=True)
class Session:
    """A session with the people in it, as a letter needs them."""

    id: str
    tutor_id: str
    student_id: str
    tutor_name: str
    tutor_email: str
    student_name: str | None
    subject: str | None
    start: datetime
    no_show: bool | None
    began: datetime | None
    has_feedback: bool


def find_risks(conn: Connection) -> list[tuple[str, str, float]]:
    """Enter the risk of each first session of the next 24 hours, once; returns session, tutor and P of the new ones."""
    return [(row.session_id, row.tutor_id, float(row.probability)) for row in conn.execute(sql(_RISKS))]


def sessions_without_feedback(conn: Connection) -> list[str]:
    """List the sessions that were held, ended 24 to 48 hours ago and have no feedback."""
    return [row.session_id for row in conn.execute(sql(_WITHOUT_FEEDBACK))]


def begin_check_ins(conn: Connection) -> list[str]:
    """Begin a check-in for each tutor whose first session with a student ended 2 to 4 hours ago; returns the sessions.

    Who has an open check-in keeps that one.
    """
    return [row.session_id for row in conn.execute(sql(_CHECK_INS))]


def read_session(conn: Connection, session_id: str) -> Session | None:
    """Read a session with its people; None where there is none of this id."""
    row = conn.execute(sql(_PERSON), {"id": session_id}).one_or_none()
    return Session(*row) if row else None
