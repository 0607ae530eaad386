"""A queue as a whole, as Dramatiq's broker speaks of it: emptied, and waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FLUSH = b"""
SELECT count(*) FILTER (WHERE bellwork.cancel(id, 'flushed'))
FROM (SELECT id FROM bellwork.jobs WHERE queue = %s AND state = 'available' ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
    AS waiting
"""


def flush(conn: Connection, queue: str, limit: int) -> int:
    """Cancel up to `limit` jobs of a queue that wait, now or for a later time; returns how many. What runs goes on."""
    [(cancelled,)] = psycopg_of(conn).execute(_FLUSH, (queue, limit)).fetchall()
    return int(cancelled)


def is_empty(conn: Connection, queue: str) -> bool:
    """Tell whether no job of a queue is unfinished: none waits, none runs, none comes back later."""
    asked = b"SELECT NOT EXISTS (SELECT FROM bellwork.jobs WHERE queue = %s)"
    return bool(psycopg_of(conn).execute(asked, (queue,)).fetchall()[0][0])


def is_queue(conn: Connection, queue: str) -> bool:
    """Tell whether there is such a queue: an actor names it, an unfinished job is in it, or somebody paused it."""
    asked = b"""SELECT EXISTS (SELECT FROM bellwork.actors WHERE queue = %(queue)s)
        OR EXISTS (SELECT FROM bellwork.queues WHERE name = %(queue)s)
        OR EXISTS (SELECT FROM bellwork.jobs WHERE queue = %(queue)s)"""
    return bool(psycopg_of(conn).execute(asked, {"queue": queue}).fetchall()[0][0])
