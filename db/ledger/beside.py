"""What a page shows of one queue, of what runs, and of whether anything lives: each by an index, and bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

#: Ready jobs of a queue that are looked at for their ages, and those that are looked through for the next ones.
MOST, THROUGH = 10_000, 2_000
_AGES = text("""
SELECT count(*) AS ready, count(*) FILTER (WHERE run_at <= now() - interval '10 s') AS ten_seconds,
       count(*) FILTER (WHERE run_at <= now() - interval '1 min') AS a_minute,
       count(*) FILTER (WHERE run_at <= now() - interval '10 min') AS ten_minutes,
       count(*) FILTER (WHERE run_at <= now() - interval '1 h') AS an_hour
FROM (SELECT run_at FROM bellwork.jobs WHERE queue = :queue AND state = 'available'
      ORDER BY priority, run_at, id LIMIT :most) j
WHERE run_at <= now()
""")
_NEXT = text("""
SELECT id, actor, priority, run_at, retries FROM (
    SELECT id, actor, priority, run_at, retries FROM bellwork.jobs WHERE queue = :queue AND state = 'available'
    ORDER BY priority, run_at, id LIMIT :through) j
WHERE run_at <= now() ORDER BY priority, run_at, id LIMIT :limit
""")
_RUNNING = text("""
SELECT id, actor, queue, worker_id, extract(epoch FROM now() - claimed_at)::float8 AS seconds
FROM bellwork.jobs WHERE state = 'running' AND worker_id = ANY(CAST(:workers AS uuid[])) ORDER BY claimed_at
""")
_RUNNING_IN = text("""
SELECT id, actor, worker_id, extract(epoch FROM now() - claimed_at)::float8 AS seconds
FROM bellwork.jobs WHERE state = 'running' AND worker_id IN (SELECT id FROM bellwork.workers) AND queue = :queue
ORDER BY claimed_at LIMIT :limit
""")


class Ages(NamedTuple):
    """How many ready jobs of a queue there are, and how many have been so for longer than each of these, up to MOST."""

    ready: int
    ten_seconds: int
    a_minute: int
    ten_minutes: int
    an_hour: int


def ages(conn: Connection, queue: str) -> Ages:
    """Count the ready jobs of a queue by age."""
    return Ages(*conn.execute(_AGES, {"queue": queue, "most": MOST}).one())


def next_jobs(conn: Connection, queue: str, limit: int) -> list[dict[str, Any]]:
    """List the jobs of a queue that are claimed next, in that order."""
    asked = {"queue": queue, "through": THROUGH, "limit": limit}
    return [dict(row) for row in conn.execute(_NEXT, asked).mappings()]


def running_of(conn: Connection, workers: Sequence[UUID]) -> list[dict[str, Any]]:
    """List what these workers run, with the seconds since each was claimed, the longest first."""
    return [dict(row) for row in conn.execute(_RUNNING, {"workers": list(workers)}).mappings()]


def running_in(conn: Connection, queue: str, limit: int) -> list[dict[str, Any]]:
    """List what runs of a queue, the longest first."""
    return [dict(row) for row in conn.execute(_RUNNING_IN, {"queue": queue, "limit": limit}).mappings()]
