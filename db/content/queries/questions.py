"""What a student was asked back: the question lies in the request's metadata and is open for five minutes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bellwork.db.content.queries.transitions import BY_ID, Moved, advance, moment
from bellwork.db.content.tables import RequestStatus
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Minutes that a student has for an answer (the request pipeline, tasks/content/README.md).
LIFE = 5
_MOMENTS = f"SELECT {moment('now()')}, {moment('now() + make_interval(mins => :life)')}"
# FOR UPDATE: of two answers that come at once, the second finds the question closed.
_OPEN = f"""
SELECT r.interest_id, coalesce(r.metadata ->> 'clarified_query', r.original_query) AS query,
       r.metadata -> 'clarification' AS clarification
FROM {{content}}.content_requests r
WHERE r.id = :id AND r.deleted_at IS NULL AND r.status = 'needs_clarification'
  AND r.metadata #>> '{{clarification,question_id}}' = :question
  AND r.metadata #>> '{{clarification,expires_at}}' > {moment("now()")}
FOR UPDATE
"""  # noqa: S608 - fragments of ours, values are bound


@dataclass(frozen=True)
class Question:
    """An open question; `clarification` is what the student was shown."""

    interest_id: str | None
    query: str
    clarification: dict[str, Any]

    def topic_of(self, option_id: str) -> str | None:
        """Return the topic that an option stands for; None for an option that was not offered."""
        options = self.clarification.get("options", [])
        return next((option["topic_id"] for option in options if option["id"] == option_id), None)


def ask(
    conn: Connection, request_id: str, question_id: str, options: list[dict[str, str]], interest_id: str | None
) -> list[Moved]:
    """Put a question to the student who waits for a request."""
    asked_at, expires_at = conn.execute(sql(_MOMENTS), {"life": LIFE}).one()
    clarification = {"question_id": question_id, "options": options, "asked_at": asked_at, "expires_at": expires_at}
    return advance(
        conn,
        RequestStatus.NEEDS_CLARIFICATION,
        BY_ID,
        {"id": request_id},
        interest_id=interest_id,
        notes={"clarification": clarification},
    )


def open_question(conn: Connection, request_id: str, question_id: str) -> Question | None:
    """Lock and return a question that still waits; None where it was answered, has expired or never was."""
    row = conn.execute(sql(_OPEN), {"id": request_id, "question": question_id}).mappings().one_or_none()
    return Question(**row) if row else None
