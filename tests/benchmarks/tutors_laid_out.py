"""Tables of tutoring filled with the sample, and with copies of its rows for more tutors or earlier days."""

from __future__ import annotations

from sqlalchemy import text

from bellwork.db import engine
from bellwork.db.engine import transaction
from bellwork.db.tutoring.samples import sample

#: A sample that is copied: making its rows takes longer than copying them.
DAYS = 90
_PEOPLE = """
INSERT INTO tutoring.tutors (tutor_id, name, email, onboarding_date, status, subjects, baseline_sessions_per_week)
SELECT tutor_id || '_' || k, name, k || '_' || email, onboarding_date, status, subjects, baseline_sessions_per_week
FROM generate_series(1, :copies) k, tutoring.tutors WHERE :tutors
"""
_LESSONS = (
    """
INSERT INTO tutoring.sessions (session_id, tutor_id, student_id, session_number, scheduled_start, actual_start,
    duration_minutes, subject, tutor_initiated_reschedule, no_show, late_start_minutes, engagement_score,
    learning_objectives_met)
SELECT session_id || '_' || k, CASE WHEN :tutors THEN tutor_id || '_' || k ELSE tutor_id END, student_id,
       session_number, scheduled_start - k * CAST(:back AS interval), actual_start - k * CAST(:back AS interval),
       duration_minutes, subject, tutor_initiated_reschedule, no_show, late_start_minutes, engagement_score,
       learning_objectives_met
FROM generate_series(1, :copies) k, tutoring.sessions
""",
    """
INSERT INTO tutoring.student_feedback (feedback_id, session_id, student_id, tutor_id, overall_rating, is_first_session,
    submitted_at)
SELECT feedback_id || '_' || k, session_id || '_' || k, student_id,
       CASE WHEN :tutors THEN tutor_id || '_' || k ELSE tutor_id END, overall_rating, is_first_session,
       submitted_at - k * CAST(:back AS interval)
FROM generate_series(1, :copies) k, tutoring.student_feedback
""",
    """
INSERT INTO tutoring.tutor_events (event_id, tutor_id, event_type, event_timestamp, metadata)
SELECT event_id || '_' || k, CASE WHEN :tutors THEN tutor_id || '_' || k ELSE tutor_id END, event_type,
       event_timestamp - k * CAST(:back AS interval), metadata
FROM generate_series(1, :copies) k, tutoring.tutor_events
""",
)


def lay_out(tutors: int, *, times_tutors: int = 1, times_days: int = 1) -> int:
    """Fill empty tables with the sample of so many tutors and 90 days, and that many times more of it.

    Either of both may be more than 1. Returns how many sessions there are then.
    """
    assert 1 in (times_tutors, times_days), "copies of tutors or of days, not of both"
    more_tutors = times_tutors > 1
    copies, back = max(times_tutors, times_days) - 1, "0 days" if more_tutors else f"{DAYS} days"
    copied = {"copies": copies, "tutors": more_tutors, "back": back}
    with transaction() as conn:
        conn.execute(text("SET LOCAL statement_timeout = 0"))
        sample(conn, tutors=tutors, days=DAYS, seed=1)
        if copies:
            for statement in (_PEOPLE, *_LESSONS):
                asked = {name: value for name, value in copied.items() if f":{name}" in statement}
                conn.execute(text(statement), asked)
        count: int = conn.execute(text("SELECT count(*) FROM tutoring.sessions")).scalar_one()
    vacuum()
    return count


def vacuum() -> None:
    """Leave the tables as a platform's are: with statistics, and without what was deleted."""
    with engine.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("SET statement_timeout = 0"))
        conn.execute(text("VACUUM ANALYZE"))
        conn.execute(text("RESET statement_timeout"))
