"""Whether a system's tables were there before Bellwork's migrations: then they hold others' rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.settings import settings
from bellwork.db.systems import tables_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.vocabulary import System

# What a migration makes bears its mark on the primary key, and has borne it since the first release (plan.py).
_NOTE = text("""
INSERT INTO bellwork.systems (word, found)
SELECT :word, EXISTS (
    SELECT FROM pg_class c
    WHERE c.relnamespace = to_regnamespace(:schema) AND c.relname = ANY(CAST(:tables AS text[]))
      AND c.relkind IN ('r', 'p') AND NOT EXISTS (
        SELECT FROM pg_constraint k
        WHERE k.conrelid = c.oid AND k.contype = 'p'
          AND obj_description(k.oid, 'pg_constraint') LIKE 'made by bellwork%'))
ON CONFLICT DO NOTHING
""")
_FOUND = text("SELECT word FROM bellwork.systems WHERE found")


def note(conn: Connection, system: System) -> None:
    """Write down whether tables of this system stand in its schema that are not ours; what was noted before stays.

    To be called before the first migration of the system; one that is cut off between the two finds its note again.
    """
    asked = {"schema": settings().schema_of(system.word), "tables": [table.name for table in tables_of(system)]}
    conn.execute(_NOTE, {"word": system.word, **asked})


def found_systems(conn: Connection) -> set[str]:
    """Return the words of the systems whose tables were found, not made."""
    return set(conn.execute(_FOUND).scalars())
