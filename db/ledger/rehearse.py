"""What a test asks of the ledger so that it never has to sleep: the next due job, and time made to pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_NEXT = b"""
SELECT id FROM bellwork.jobs WHERE state = 'available' AND run_at <= now() AND queue = ANY(%s)
ORDER BY priority, run_at, id LIMIT 1
"""
_PULL_UP = b"UPDATE bellwork.jobs SET run_at = now() WHERE state = 'available' AND run_at > now()"


def next_due(conn: Connection, queues: Sequence[str]) -> list[int]:
    """Return the id of the most urgent due job of the queues, as a list of one or none."""
    return [row[0] for row in psycopg_of(conn).execute(_NEXT, (list(queues),)).fetchall()]


def pull_up(conn: Connection) -> None:
    """Make every job due now that waits for its time."""
    psycopg_of(conn).execute(_PULL_UP)
