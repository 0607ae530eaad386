"""Tells learners what became of their labs: in the application, where they sit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.notices import notify

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection


def tell(conn: Connection, user_id: UUID, kind: str, session_id: UUID, text: str, key: str | None = None) -> bool:  # noqa: PLR0913, PLR0917 - what is told
    """Tell a learner something of a session in the open transaction, once for `kind` and `key`, or for the session."""
    body = {"lab_session_id": str(session_id), "text": text}
    return notify(conn, str(user_id), f"courses.{kind}", key or str(session_id), body)
