"""What the calendar sends about sessions: risky first ones, missing feedback, check-ins, and too many reschedules."""

from __future__ import annotations

from typing import Any

from bellwork.db.tutoring.reminders import (
    RISK_FROM,
    begin_check_ins,
    find_risks,
    note_reschedules,
    sessions_without_feedback,
)
from bellwork.tasks.tutoring.letters import ask_for_feedback, check_in_after, tell_of_patterns, warn_of_risks
from bellwork.workers import job
from bellwork.workers.actor import actor

_SWEEP: dict[str, Any] = {
    "callers": "internal",
    "queue_name": "tutoring-care",
    "max_retries": 3,
    "min_backoff": 300_000,
    "time_limit": 300_000,
}


@actor(actor_name="tutoring.warn_first_sessions", **_SWEEP)
def warn_first_sessions() -> None:
    """Predict the first sessions of the next 24 hours, and write to tutors of those that may go badly (TM11)."""
    with job.transaction() as conn:
        warn_of_risks(conn, [session for session, _, probability in find_risks(conn) if probability >= RISK_FROM])


@actor(actor_name="tutoring.remind_feedback", **_SWEEP)
def remind_feedback() -> None:
    """Ask students for feedback on sessions that ended 24 to 48 hours ago (TM12)."""
    with job.transaction() as conn:
        ask_for_feedback(conn, sessions_without_feedback(conn))


@actor(actor_name="tutoring.check_in", **_SWEEP)
def check_in() -> None:
    """Begin check-ins after first sessions that ended 2 to 4 hours ago, and write to their tutors (TM13)."""
    with job.transaction() as conn:
        check_in_after(conn, begin_check_ins(conn))


@actor(actor_name="tutoring.alert_reschedules", **_SWEEP)
def alert_reschedules() -> None:
    """Tell tutors, and managers where it goes on, of too many reschedules (TM14)."""
    with job.transaction() as conn:
        tell_of_patterns(conn, note_reschedules(conn))
