"""Which sessions and tutors call for a letter now: each is found as often as one looks, its letter's key is one."""

from __future__ import annotations

from bellwork.db.tutoring.reminders.reschedules import Pattern, note_reschedules
from bellwork.db.tutoring.reminders.sessions import (
    RISK_FROM,
    Session,
    begin_check_ins,
    find_risks,
    read_session,
    sessions_without_feedback,
)

__all__ = [
    "RISK_FROM",
    "Pattern",
    "Session",
    "begin_check_ins",
    "find_risks",
    "note_reschedules",
    "read_session",
    "sessions_without_feedback",
]
