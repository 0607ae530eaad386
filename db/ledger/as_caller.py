"""A role that may not insert jobs enqueues through the SQL function that asks what each actor allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.jobs import Due

if TYPE_CHECKING:
    from sqlalchemy import Connection

_MAY_INSERT = b"SELECT has_table_privilege('bellwork.jobs'::regclass, 'INSERT')"
_ENQUEUE = b"""
SELECT run_at <= now(), id, queue, priority, (extract(epoch FROM run_at) * 1000000)::int8
FROM bellwork.enqueue_as_caller(%s::jsonb) WHERE is_new
"""
_KNOWN = "bellwork: restricted"


def is_restricted(conn: Connection) -> bool:
    """Tell whether this session's role lacks the right to insert jobs; PostgreSQL is asked once a connection."""
    known: dict[str, bool] = conn.info
    if _KNOWN not in known:
        row = psycopg_of(conn).execute(_MAY_INSERT).fetchone()
        known[_KNOWN] = not (row and row[0])
    return known[_KNOWN]


def forget_rights(conn: Connection) -> None:
    """Ask again at the next job: a SET ROLE may have changed what the session may do."""
    conn.info.pop(_KNOWN, None)


def enqueue_as_caller(conn: Connection, document: str) -> list[tuple[bool, Due]]:
    """Insert jobs, written as a document without queues, as a restricted role; returns the new ones in their order.

    Each with whether it is due now. They go to the queue that the actor's workers registered, which in a rolling deploy
    may be another than the one this process knows, and so does what follows them by their options; a priority counts
    where it is less urgent than the actor's own.
    """
    rows = psycopg_of(conn).execute(_ENQUEUE, (document,)).fetchall()
    return [(is_due, Due(*job)) for is_due, *job in rows]
