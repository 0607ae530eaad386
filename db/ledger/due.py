"""Which jobs are due: the most urgent of each queue, however long the backlog and however many priorities."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.jobs import Due, as_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from bellwork.db.ledger.jobs import Place

# A loose index scan for each queue: hop from priority to priority over jobs_due, and read at most LIMIT due rows of
# each, so that neither jobs of the far future nor a long backlog of low priority is ever walked through.
_DUE = b"""
SELECT d.id, d.queue, d.priority, (extract(epoch FROM d.run_at) * 1000000)::int8
FROM ROWS FROM (unnest(%(queues)s::text[]), unnest(%(priorities)s::int2[]), unnest(%(run_ats)s::int8[]),
                unnest(%(ids)s::int8[])) AS given(queue, priority, run_at, id),
LATERAL (SELECT given.queue, coalesce(given.priority, (-32768)::int2) AS priority, coalesce(given.id, 0) AS id,
    coalesce('epoch'::timestamptz + given.run_at * interval '1 microsecond', '-infinity') AS run_at) AS place,
LATERAL (
    WITH RECURSIVE urgency AS (
        (SELECT priority FROM bellwork.jobs
         WHERE queue = place.queue AND state = 'available'
           AND (priority, run_at, id) >= (place.priority, place.run_at, place.id)
         ORDER BY priority, run_at, id LIMIT 1)
        UNION ALL
        SELECT (SELECT j.priority FROM bellwork.jobs j
                WHERE j.queue = place.queue AND j.state = 'available' AND j.priority > u.priority
                ORDER BY j.priority LIMIT 1)
        FROM urgency u WHERE u.priority IS NOT NULL)
    SELECT j.id, j.queue, j.priority, j.run_at
    FROM urgency u, LATERAL (
        SELECT id, queue, priority, run_at FROM bellwork.jobs
        WHERE queue = place.queue AND state = 'available' AND priority = u.priority AND run_at <= now()
          AND (run_at, id) >= (CASE WHEN u.priority = place.priority THEN place.run_at ELSE '-infinity' END,
                               CASE WHEN u.priority = place.priority THEN place.id ELSE 0 END)
          AND %(actors)s::jsonb ? actor
        ORDER BY run_at, id LIMIT %(limit)s) j
    WHERE u.priority IS NOT NULL
    ORDER BY j.priority, j.run_at, j.id LIMIT %(limit)s) d
"""
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
    return due_in(conn, {queue: begin}, actors, limit)


def due_in(conn: Connection, begins: Mapping[str, Place | None], actors: Sequence[str], limit: int) -> list[Due]:
    """Return up to `limit` due jobs of each queue, in one statement; none before its place, where `begins` has one."""
    rows = psycopg_of(conn).execute(_DUE, asked_for(begins, actors, limit)).fetchall()
    return sorted((Due(*row) for row in rows), key=attrgetter("queue", "priority", "run_at", "id"))


def asked_for(begins: Mapping[str, Place | None], actors: Sequence[str], limit: int) -> dict[str, object]:
    """Return the parameters of the statement."""
    places = list(begins.values())
    return {
        "queues": list(begins),
        "priorities": [place and place.priority for place in places],
        "run_ats": [place and place.run_at for place in places],
        "ids": [place and place.id for place in places],
        "actors": as_keys(actors),
        "limit": limit,
    }


def due_among(conn: Connection, jobs: Sequence[int]) -> list[Due]:
    """Return those of the jobs that are due: for a caller that has just made them available and announces them."""
    return [Due(*row) for row in psycopg_of(conn).execute(_AMONG, (list(jobs),)).fetchall()]


def waiting_queues(conn: Connection) -> list[str]:
    """List the queues that have jobs waiting (due or later) and are not paused."""
    return [row[0] for row in psycopg_of(conn).execute(_QUEUES).fetchall()]
