"""Since when nobody's letters are taken, and what is said of it: one row while it is so, none otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_NOTE = text("""
INSERT INTO bellwork.mail_hold AS h (said) VALUES (:said)
ON CONFLICT (one) DO UPDATE SET at = now(), failures = h.failures + 1, said = excluded.said
""")
_CLEAR = text("DELETE FROM bellwork.mail_hold RETURNING since")
_READ = text("SELECT since, at, failures, said FROM bellwork.mail_hold")


class Hold(NamedTuple):
    """Letters wait since then; at the last of so many failures this was said."""

    since: datetime
    at: datetime
    failures: int
    said: str


def note_trouble(conn: Connection, said: str) -> None:
    """Note that a letter was not taken through no fault of its own."""
    conn.execute(_NOTE, {"said": said})


def clear_hold(conn: Connection) -> bool:
    """Note that letters are taken; False where nothing else was noted."""
    return conn.execute(_CLEAR).one_or_none() is not None


def read_hold(conn: Connection) -> Hold | None:
    """Return since when letters wait, and why; None where they are taken."""
    row = conn.execute(_READ).one_or_none()
    return Hold(*row) if row else None
