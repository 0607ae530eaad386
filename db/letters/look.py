"""Looks at letters: for operators, and for what is told later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.vocabulary.letter import PostedLetter

if TYPE_CHECKING:
    from sqlalchemy import Connection

_POSTED = text("SELECT id, key, system, kind, person, recipient, details FROM bellwork.letters WHERE id = :id")
_WAITING = text("""
SELECT count(*) FROM bellwork.letters WHERE state IN ('pending', 'sending') AND system = :system
""")


def count_waiting(conn: Connection, system: str) -> int:
    """Count the letters of a system of which it is not known yet what becomes of them."""
    return int(conn.execute(_WAITING, {"system": system}).scalar_one())


def posted_letter(conn: Connection, letter: int) -> PostedLetter | None:
    """Return a letter as its system sees it, with what is still kept of it; None where it is gone."""
    row = conn.execute(_POSTED, {"id": letter}).one_or_none()
    return PostedLetter(*row) if row else None
