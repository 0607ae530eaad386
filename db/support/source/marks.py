"""How far each step of taking in has come, and since when a source is away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import timedelta

    from sqlalchemy import Connection

EVER = datetime(1970, 1, 1, tzinfo=UTC)
_BEGIN = """
INSERT INTO {support}.sources AS s (name) VALUES (:name)
ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING seen_through, clock_timestamp()
"""
_END = """
UPDATE {support}.sources SET
    seen_through = greatest(seen_through, least(CAST(:seen AS timestamptz), CAST(:began AS timestamptz))),
    taken_at = now(), compared_at = CASE WHEN :whole THEN now() ELSE compared_at END, away_since = NULL, error = NULL
WHERE name = :name
"""
_AWAY = """
INSERT INTO {support}.sources AS s (name, away_since, error) VALUES (:name, now(), :error)
ON CONFLICT (name) DO UPDATE SET away_since = coalesce(s.away_since, now()), error = excluded.error
"""
_LIST = "SELECT name, away_since, error FROM {support}.sources WHERE away_since IS NOT NULL ORDER BY name"


class Begun(NamedTuple):
    """From when on a step reads, and when it began by the database's clock."""

    since: datetime
    began: datetime


class Away(NamedTuple):
    """A step whose source cannot be read, since when, and what was said."""

    name: str
    since: datetime
    error: str


def begin(conn: Connection, name: str, overlap: timedelta, *, whole: bool) -> Begun:
    """Return from when on a step reads: `overlap` before what it has seen, or all of it."""
    seen, now = conn.execute(sql(_BEGIN), {"name": name}).one()
    return Begun(EVER if whole or seen is None else seen - overlap, now)


def end(conn: Connection, name: str, seen: datetime | None, began: datetime, *, whole: bool) -> None:
    """Keep how far a step has come, never beyond the moment at which it began."""
    conn.execute(sql(_END), {"name": name, "seen": seen, "began": began, "whole": whole})


def note_away(conn: Connection, name: str, error: str) -> None:
    """Keep that a step's source cannot be read; the first such moment stays until it can."""
    conn.execute(sql(_AWAY), {"name": name, "error": error[:500]})


def list_away(conn: Connection) -> list[Away]:
    """List the steps whose source cannot be read now."""
    return [Away(*row) for row in conn.execute(sql(_LIST))]
