"""The tutoring system under fire: an order is a session of one of a few tutors, noted in the order's own commit.

In the end each tutor's newest metrics count every session of his, whoever was killed between a change and its rows; a
prediction followed, every prediction was looked at by the rules, and every intervention has its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

_TUTORS = 7
_PEOPLE = """
INSERT INTO tutoring.tutors (tutor_id, name, email, onboarding_date, status)
SELECT 'soak' || n, 'Soak', n || '@tutors.example', now() - interval '1 year', 'active' FROM generate_series(0, 6) n;
INSERT INTO tutoring.students (student_id, name) VALUES ('soak', 'Soak')
"""
_TEACH = """
INSERT INTO tutoring.sessions (session_id, tutor_id, student_id, scheduled_start, actual_start, no_show)
SELECT left(CAST(:order AS text), 50), 'soak' || abs(hashtext(:order)) % CAST(:tutors AS integer), 'soak',
       now() - interval '1 minute', now(), false
RETURNING tutoring.note_change(tutor_id, scheduled_start)
"""
_WAITING = """
SELECT EXISTS (SELECT FROM tutoring.changes)
    OR EXISTS (SELECT FROM bellwork.jobs WHERE actor IN (
        'tutoring.drain_changes', 'tutoring.predict_churn', 'tutoring.evaluate_interventions'))
"""
_BROKEN = """
SELECT s.tutor_id || ' has ' || count(*) || ' sessions and ' || coalesce(max(m.sessions_completed), 0) || ' in the row'
FROM tutoring.sessions s LEFT JOIN LATERAL (
    SELECT m.sessions_completed FROM tutoring.tutor_performance_metrics m
    WHERE m.tutor_id = s.tutor_id AND m."window" = '7day' ORDER BY m.calculation_date DESC LIMIT 1) m ON true
GROUP BY s.tutor_id HAVING count(*) <> coalesce(max(m.sessions_completed), 0)
UNION ALL
SELECT DISTINCT m.tutor_id || ' has metrics and no prediction' FROM tutoring.tutor_performance_metrics m
WHERE NOT EXISTS (SELECT FROM tutoring.churn_predictions p WHERE p.tutor_id = m.tutor_id)
UNION ALL
SELECT k.tutor_id || ' has a prediction that no rule has seen' FROM tutoring.prediction_keys k
WHERE k.evaluated_at IS NULL
UNION ALL
SELECT i.tutor_id || ' has an intervention without a reason' FROM tutoring.interventions i
WHERE NOT EXISTS (SELECT FROM tutoring.explanations e WHERE e.intervention_id = i.intervention_id AND e.fired)
ORDER BY 1
"""


def lay_out(conn: Connection) -> None:
    """Make the tutors."""
    for statement in _PEOPLE.split(";"):
        conn.execute(text(statement))


def teach(conn: Connection, order: str) -> None:
    """Insert a session, and note it."""
    conn.execute(text(_TEACH), {"order": order, "tutors": _TUTORS})


def waiting(conn: Connection) -> bool:
    """Tell whether a change is noted and not yet in the metrics."""
    return bool(conn.execute(text(_WAITING)).scalar_one())


def broken(conn: Connection) -> list[str]:
    """List the tutors whose metrics do not count their sessions."""
    return list(conn.execute(text(_BROKEN)).scalars())
