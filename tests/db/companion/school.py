"""Learners as tests need them: what is not said is as the document's defaults have it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from bellwork.db.companion.nudges import Words
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

WORDS = Words(("none so far", "one so far", "two so far"), ("Book a session",), "Reached: %s.", " Next: %s.", "Hello.")
#: A Tuesday, noon in UTC.
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


_USER = """
INSERT INTO {companion}.users (id, cognito_sub, email, role, profile, created_at)
VALUES (:id, :sub, :email, :role, CAST(:profile AS jsonb), :created_at)
"""
_SESSION = """
INSERT INTO {companion}.sessions (student_id, tutor_id, session_date, subject_id)
VALUES (:student, :tutor, :at, :subject)
"""
_GOAL = """
INSERT INTO {companion}.goals (id, student_id, created_by, title, subject_id, status, completed_at)
VALUES (:id, :student, :student, :title, :subject, :status, :at)
"""
_NUDGE = """
INSERT INTO {companion}.nudges (id, user_id, type, channel, message, sent_at, opened_at)
VALUES (:id, :user, :type, 'in_app', 'Hello.', :at, :opened)
"""
_SUBJECT = "INSERT INTO {companion}.subjects (id, name, related_subjects) VALUES (:id, :name, CAST(:related AS uuid[]))"


@dataclass
class School:
    """Writes rows into the companion's tables in the caller's transaction."""

    conn: Connection
    tutor: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.tutor = self.user("tutor")

    def user(self, role: str = "student", signed_up: datetime = NOON - 30 * DAY, **preferences: Any) -> UUID:
        """Add somebody; `preferences` go into the profile."""
        one = uuid4()
        profile = json.dumps({"preferences": preferences})
        row = {"id": one, "sub": str(one), "email": f"{one}@example.org", "role": role, "profile": profile}
        self.conn.execute(sql(_USER), row | {"created_at": signed_up})
        return one

    def session(self, student: UUID, at: datetime = NOON - DAY, subject: UUID | None = None) -> None:
        """Let a student have had a session."""
        self.conn.execute(sql(_SESSION), {"student": student, "tutor": self.tutor, "at": at, "subject": subject})

    def goal(
        self, student: UUID, at: datetime | None = None, title: str = "Algebra", subject: UUID | None = None
    ) -> UUID:
        """Give a student a goal; with `at` one that was reached then."""
        one = uuid4()
        status = "completed" if at else "active"
        row = {"id": one, "student": student, "title": title, "subject": subject, "status": status, "at": at}
        self.conn.execute(sql(_GOAL), row)
        return one

    def nudge(self, user: UUID, kind: str = "login", at: datetime = NOON, opened: datetime | None = None) -> UUID:
        """Let somebody else's program have written a nudge."""
        one = uuid4()
        self.conn.execute(sql(_NUDGE), {"id": one, "user": user, "type": kind, "at": at, "opened": opened})
        return one

    def subject(self, name: str, *related: UUID) -> UUID:
        """Add a subject with those that are near to it."""
        one = uuid4()
        self.conn.execute(sql(_SUBJECT), {"id": one, "name": name, "related": list(related)})
        return one

    def all(self, statement: str, **asked: Any) -> list[tuple[Any, ...]]:
        """Return rows as tuples."""
        return [tuple(row) for row in self.conn.execute(sql(statement), asked)]

    def nudges(self, user: UUID) -> list[tuple[Any, ...]]:
        """List a learner's nudges that we gave: type, channel, message and what they suggest."""
        return self.all(
            "SELECT n.type, n.channel, n.message, n.suggestions_made FROM {companion}.nudges n"
            " JOIN {companion}.nudge_keys k ON k.nudge_id = n.id WHERE n.user_id = :user ORDER BY k.day, k.slot",
            user=user,
        )

    def suppressed(self, user: UUID) -> list[tuple[Any, ...]]:
        """List why a learner got none: type, reason, and when it may go."""
        return self.all(
            "SELECT type, reason, next_at FROM {companion}.nudge_suppressions WHERE user_id = :user ORDER BY id",
            user=user,
        )
