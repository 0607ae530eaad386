"""What the content system's scene asks of feedback: a student says something of a lesson, and what that led to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.content.tables import FeedbackType

_SAY = """
INSERT INTO {content}.feedback (id, student_id, content_id, feedback_type)
VALUES (:id, :student, :content, CAST(:kind AS {content}.feedback_type))
"""
_NOTE = "SELECT {content}.note_feedback(:id)"
_LED_TO = "SELECT regeneration_request_id FROM {content}.feedback WHERE id = :id"


def say(conn: Connection, feedback_id: str, student_id: str, content_id: str, kind: FeedbackType) -> None:
    """Insert feedback and have it applied, as an API layer does: row and job in the caller's transaction."""
    asked = {"id": feedback_id, "student": student_id, "content": content_id, "kind": kind.value}
    conn.execute(sql(_SAY), asked)
    conn.execute(sql(_NOTE), {"id": feedback_id})


def request_after(conn: Connection, feedback_id: str) -> str | None:
    """Return the request that a piece of feedback led to; None where there is none yet."""
    found: str | None = conn.execute(sql(_LED_TO), {"id": feedback_id}).scalar()
    return found
