"""A tutor whom one bad session makes a case: seven good weeks behind him, each figure just on the right side."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

#: Of seven sessions one was moved and one was a first one; 25 stars, and all that can be reached but one objective.
_TUTOR = """
INSERT INTO {tutoring}.tutors (tutor_id, name, email, onboarding_date, status, subjects, baseline_sessions_per_week)
VALUES (:tutor, 'Theo Brink', 'theo.brink@tutors.example', now() - interval '200 days', 'active', ARRAY['Algebra'], 2)
ON CONFLICT DO NOTHING
"""
_STUDENT = """
INSERT INTO {tutoring}.students (student_id, name) VALUES (:student, 'Sam Mott') ON CONFLICT DO NOTHING
"""
_SESSIONS = """
INSERT INTO {tutoring}.sessions (session_id, tutor_id, student_id, session_number, scheduled_start, actual_start,
    duration_minutes, subject, session_type, tutor_initiated_reschedule, no_show, late_start_minutes, engagement_score,
    learning_objectives_met)
SELECT :tutor || '_' || n, :tutor, :student, n, at, at, 45, 'Algebra', '1-on-1', n = 4, false, 2, 0.8, n <> 5
FROM generate_series(1, 7) n, LATERAL (SELECT now() - make_interval(days => 25 - 2 * n) AS at) x
ON CONFLICT DO NOTHING
"""
_FEEDBACK = """
INSERT INTO {tutoring}.student_feedback (feedback_id, session_id, student_id, tutor_id, overall_rating, submitted_at)
SELECT session_id, session_id, student_id, tutor_id, CASE WHEN session_number <= 4 THEN 4 ELSE 3 END, scheduled_start
FROM {tutoring}.sessions WHERE tutor_id = :tutor
ON CONFLICT DO NOTHING
"""
_LOGINS = """
INSERT INTO {tutoring}.tutor_events (event_id, tutor_id, event_type, event_timestamp)
SELECT :tutor || '_' || n, :tutor, 'login', now() - make_interval(days => n) FROM generate_series(1, 25) n
ON CONFLICT DO NOTHING
"""
_SAID = """
WITH said AS (
    INSERT INTO {tutoring}.student_feedback (
        feedback_id, session_id, student_id, tutor_id, overall_rating, submitted_at)
    SELECT session_id, session_id, student_id, tutor_id, :stars, now()
    FROM {tutoring}.sessions WHERE session_id = :session
    ON CONFLICT DO NOTHING RETURNING session_id
)
SELECT {tutoring}.note_change(s.tutor_id, s.scheduled_start) FROM {tutoring}.sessions s JOIN said USING (session_id)
"""
_STANDING = """
SELECT (SELECT performance_tier FROM {tutoring}.tutor_performance_metrics m
        WHERE m.tutor_id = :tutor AND "window" = '30day' ORDER BY calculation_date DESC LIMIT 1) AS tier,
       (SELECT churn_score FROM {tutoring}.churn_predictions p
        WHERE p.tutor_id = :tutor ORDER BY prediction_date DESC, prediction_id DESC LIMIT 1) AS score,
       (SELECT risk_level FROM {tutoring}.churn_predictions p
        WHERE p.tutor_id = :tutor ORDER BY prediction_date DESC, prediction_id DESC LIMIT 1) AS risk,
       (SELECT count(*) FROM {tutoring}.churn_predictions p WHERE p.tutor_id = :tutor) AS predictions,
       (SELECT max(m.created_at) FROM {tutoring}.sessions m WHERE m.session_id = :session) AS taken
"""
_FIGURES = """
SELECT "window", performance_tier, sessions_completed, avg_rating, first_session_success_rate, reschedule_rate
FROM {tutoring}.tutor_performance_metrics
WHERE tutor_id = :tutor AND (calculation_date AT TIME ZONE 'UTC')::date = (
    SELECT max((calculation_date AT TIME ZONE 'UTC')::date)
    FROM {tutoring}.tutor_performance_metrics WHERE tutor_id = :tutor)
ORDER BY length("window"), "window"
"""
_CARE = """
SELECT intervention_type, status, assigned_to, due_date, trigger_reason
FROM {tutoring}.interventions WHERE tutor_id = :tutor ORDER BY recommended_date, intervention_type
"""
TUTOR, STUDENT, SESSION = "tutor_brink", "student_brink", "tutor_brink_new"


class Standing(NamedTuple):
    """Where the tutor stands: tier of 30 days, latest churn score and risk, predictions, and when the session came."""

    tier: str | None
    score: int | None
    risk: str | None
    predictions: int
    taken: datetime | None


class Care(NamedTuple):
    """Something that is to be done for the tutor, and why."""

    kind: str
    status: str
    who: str | None
    due: datetime | None
    why: str | None


def load_brink(conn: Connection) -> None:
    """Insert the tutor, his student, and what has happened so far; what is there already stays."""
    asked = {"tutor": TUTOR, "student": STUDENT}
    for statement in (_TUTOR, _STUDENT, _SESSIONS, _FEEDBACK, _LOGINS):
        conn.execute(sql(statement), asked)


def rate(conn: Connection, stars: int) -> None:
    """Have the student say how the new session was, as a platform would: the row, and its note, in one commit."""
    conn.execute(sql(_SAID), {"session": SESSION, "stars": stars})


def standing(conn: Connection) -> Standing:
    """Tell where the tutor stands now."""
    return Standing(*conn.execute(sql(_STANDING), {"tutor": TUTOR, "session": SESSION}).one())


def figures(conn: Connection) -> list[tuple[str, ...]]:
    """Return the newest rows of metrics, the shortest window first, as texts."""
    rows = conn.execute(sql(_FIGURES), {"tutor": TUTOR})
    return [tuple("-" if value is None else str(value) for value in row) for row in rows]


def care(conn: Connection) -> list[Care]:
    """List what is to be done for the tutor."""
    return [Care(*row) for row in conn.execute(sql(_CARE), {"tutor": TUTOR})]
