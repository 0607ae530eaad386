"""What the platform answered, kept for a week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

_NOTE = """
WITH old AS (DELETE FROM {content}.pings WHERE at < now() - interval '7 days')
INSERT INTO {content}.pings (seconds, fault) VALUES (round(CAST(:seconds AS numeric), 3), :fault)
ON CONFLICT DO NOTHING
"""


def note_ping(conn: Connection, seconds: float, fault: str | None) -> None:
    """Note an answer and how long it took; `fault` says what was wrong."""
    conn.execute(sql(_NOTE), {"seconds": seconds, "fault": fault})
