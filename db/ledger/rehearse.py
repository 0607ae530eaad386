"""What a test asks of the ledger so that it never has to sleep: the next due job, and time made to pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.engine import psycopg_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_NEXT = b"""
SELECT id, actor FROM bellwork.jobs WHERE state = 'available' AND run_at <= now() AND queue = ANY(%s)
ORDER BY priority, run_at, id LIMIT 1
"""
_PULL_UP = b"UPDATE bellwork.jobs SET run_at = now() WHERE state = 'available' AND run_at > now()"


class Due(NamedTuple):
    """A job that is due, and the actor that is to run it."""

    id: int
    actor: str


def next_due(conn: Connection, queues: Sequence[str]) -> Due | None:
    """Return the most urgent due job of the queues, or None."""
    row = psycopg_of(conn).execute(_NEXT, (list(queues),)).fetchone()
    return Due(*row) if row else None


def pull_up(conn: Connection) -> None:
    """Make every job due now that waits for its time."""
    psycopg_of(conn).execute(_PULL_UP)
