"""Erases a person of the tutoring system: a student with sessions and feedback; of a tutor the bare row stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql
from bellwork.db.vocabulary.erasure import Erased

if TYPE_CHECKING:
    from sqlalchemy import Connection

# In the order of the foreign keys, so that each table's rows are counted. tutormax.md: with a student go his sessions
# and their feedback, events are kept for 90 days at most, metrics and their tutor for ever.
_DELETED = (
    (
        "student_feedback",
        """student_id = :subject
           OR session_id IN (SELECT s.session_id FROM {tutoring}.sessions s WHERE s.student_id = :subject)""",
    ),
    ("sessions", "student_id = :subject"),
    ("students", "student_id = :subject"),
    ("addresses", "person_id = :subject"),
    ("tutor_events", "tutor_id = :subject"),
)
_MASKED = {
    "tutors": """
        name = 'erased', email = 'erased-' || gen_random_uuid() || '@invalid', education_level = NULL, location = NULL,
        subjects = NULL WHERE tutor_id = :subject AND email !~ '^erased-.*@invalid$'""",
    "interventions": "notes = NULL WHERE tutor_id = :subject AND notes IS NOT NULL",
}
_STAYS = "a tutor's metrics are kept for ever (tutormax.md, Archival Strategy), under the id, without name and address"


def names(conn: Connection, subject: str) -> list[str]:
    """Return none: jobs know tutors and students by their own ids."""
    del conn, subject
    return []


def erase(conn: Connection, subject: str) -> Erased:
    """Erase a student or a tutor in the caller's transaction; the next night finds the tutors' sums changed."""
    deleted = {
        f"tutoring.{table}": _run(conn, f"DELETE FROM {{tutoring}}.{table} WHERE {where}", subject)  # noqa: S608
        for table, where in _DELETED
    }
    masked = {
        f"tutoring.{table}": _run(conn, f"UPDATE {{tutoring}}.{table} SET {change}", subject)  # noqa: S608
        for table, change in _MASKED.items()
    }
    return Erased(deleted, masked, {"tutoring.tutors": _STAYS} if masked["tutoring.tutors"] else {})


def _run(conn: Connection, statement: str, subject: str) -> int:
    return conn.execute(sql(statement), {"subject": subject}).rowcount
