"""Which jobs are due: the most urgent of each queue, however long the backlog and however many priorities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.engine import psycopg_of
from db.ledger.jobs import FROM_ID, FROM_PRIORITY, FROM_RUN_AT, Due, beginning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from db.ledger.jobs import Place

# A loose index scan: hop from priority to priority over jobs_due, and read at most LIMIT due rows of each, so that
# neither jobs of the far future nor a long backlog of low priority is ever walked through.
_DUE = (
    b"""
WITH RECURSIVE urgency AS (
    (SELECT priority FROM bellwork.jobs
     WHERE queue = %(queue)s AND state = 'available' AND (priority, run_at, id) >= ("""
    + b", ".join([FROM_PRIORITY, FROM_RUN_AT, FROM_ID])
    + b""")
     ORDER BY priority, run_at, id LIMIT 1)
    UNION ALL
    SELECT (SELECT j.priority FROM bellwork.jobs j
            WHERE j.queue = %(queue)s AND j.state = 'available' AND j.priority > u.priority
            ORDER BY j.priority LIMIT 1)
    FROM urgency u WHERE u.priority IS NOT NULL)
SELECT j.id, j.queue, j.priority, (extract(epoch FROM j.run_at) * 1000000)::int8
FROM urgency u, LATERAL (
    SELECT id, queue, priority, run_at FROM bellwork.jobs
    WHERE queue = %(queue)s AND state = 'available' AND priority = u.priority AND run_at <= now()
      AND (run_at, id) >= (CASE WHEN u.priority = """
    + FROM_PRIORITY
    + b" THEN "
    + FROM_RUN_AT
    + b" ELSE '-infinity' END, CASE WHEN u.priority = "
    + FROM_PRIORITY
    + b" THEN "
    + FROM_ID
    + b""" ELSE 0 END)
      AND actor = ANY(%(actors)s)
    ORDER BY run_at, id LIMIT %(limit)s) j
WHERE u.priority IS NOT NULL
ORDER BY j.priority, j.run_at, j.id LIMIT %(limit)s
"""
)
_AMONG = b"""
SELECT id, queue, priority, (extract(epoch FROM run_at) * 1000000)::int8
FROM bellwork.jobs WHERE id = ANY(%s) AND state = 'available' AND run_at <= now()
"""
_QUEUES = b"""
WITH RECURSIVE found AS (
    (SELECT queue FROM bellwork.jobs WHERE state = 'available' ORDER BY queue LIMIT 1)
    UNION ALL
    SELECT (SELECT j.queue FROM bellwork.jobs j WHERE j.state = 'available' AND j.queue > f.queue
            ORDER BY j.queue LIMIT 1)
    FROM found f WHERE f.queue IS NOT NULL)
SELECT queue FROM found WHERE queue IS NOT NULL
    AND NOT EXISTS (SELECT FROM bellwork.queues q WHERE q.name = found.queue AND q.paused_at IS NOT NULL)
"""


def due(conn: Connection, queue: str, actors: Sequence[str], limit: int, *, begin: Place | None = None) -> list[Due]:
    """Return up to `limit` due jobs of a queue for the actors given, the most urgent first; none before `begin`."""
    asked = {"queue": queue, "actors": list(actors), "limit": limit, **beginning(begin)}
    return [Due(*row) for row in psycopg_of(conn).execute(_DUE, asked).fetchall()]


def due_among(conn: Connection, jobs: Sequence[int]) -> list[Due]:
    """Return those of the jobs that are due, for whoever just made them available and wants to say so."""
    return [Due(*row) for row in psycopg_of(conn).execute(_AMONG, (list(jobs),)).fetchall()]


def waiting_queues(conn: Connection) -> list[str]:
    """List the queues that have jobs waiting (due or later) and are not paused."""
    return [row[0] for row in psycopg_of(conn).execute(_QUEUES).fetchall()]
