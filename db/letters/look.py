"""Looks at letters: for operators, and for what is told later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.vocabulary.letter import PostedLetter

if TYPE_CHECKING:
    from sqlalchemy import Connection

_POSTED = text("SELECT id, key, system, kind, person, recipient, details FROM bellwork.letters WHERE id = :id")


def posted_letter(conn: Connection, letter: int) -> PostedLetter | None:
    """Return a letter as its system sees it, with what is still kept of it; None where it is gone."""
    row = conn.execute(_POSTED, {"id": letter}).one_or_none()
    return PostedLetter(*row) if row else None
