"""A claim counts the attempt, names the worker and starts the lease, for a batch of jobs in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.jobs import Claimed, as_keys, beginning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from bellwork.db.ledger.jobs import Place

# SKIP LOCKED on a fixed order: two claims over the same ids never wait for each other, so they cannot deadlock.
# The worker's own row must be there: one that was declared gone must not start anything. A key that is unique among
# waiting jobs is free from now on; a job whose key was just asked for by an open transaction is locked, and skipped.
_BY_ID = b"""
UPDATE bellwork.jobs j
SET state = 'running', attempt = attempt + 1, worker_id = %(worker)s, claimed_at = now(),
    unique_key = CASE WHEN options ? 'waiting_key' THEN NULL::bellwork.unique_key ELSE unique_key END
WHERE id = ANY (ARRAY(
    SELECT id FROM bellwork.jobs
    WHERE id = ANY(%(ids)s) AND queue = coalesce(%(queue)s, queue) AND claimed_at IS NULL
      AND run_at <= now() AND %(actors)s::jsonb ? actor
      AND EXISTS (SELECT FROM bellwork.workers WHERE id = %(worker)s)
      AND NOT EXISTS (SELECT FROM bellwork.queues q WHERE q.name = queue
          AND (q.paused_at IS NOT NULL OR q.at_once IS NOT NULL AND NOT %(limited)s))
    ORDER BY id FOR UPDATE SKIP LOCKED))
RETURNING j.id, j.queue, j.actor, j.args, j.options, j.priority, j.attempt, j.retries, j.crashes,
          extract(epoch FROM now() - j.created_at)::float8, j.worker_id,
          (extract(epoch FROM j.claimed_at) * 1000000)::int8, (extract(epoch FROM j.run_at) * 1000000)::int8, j.lost
"""
# The same, but for the jobs that are looked at: the first of a queue from a place on. The place is compared as the
# index of (priority, run_at, id) does, so that nothing before it is read.
_NEXT = b"""
UPDATE bellwork.jobs j
SET state = 'running', attempt = attempt + 1, worker_id = %(worker)s, claimed_at = now(),
    unique_key = CASE WHEN options ? 'waiting_key' THEN NULL::bellwork.unique_key ELSE unique_key END
WHERE id = ANY (ARRAY(
    SELECT id FROM bellwork.jobs
    WHERE queue = %(queue)s AND state = 'available'
      AND (priority, run_at, id) >= (
          coalesce(%(from_priority)s::int2, (-32768)::int2),
          coalesce('epoch'::timestamptz + %(from_run_at)s::int8 * interval '1 microsecond', '-infinity'),
          coalesce(%(from_id)s::int8, 0))
      AND run_at <= now() AND %(actors)s::jsonb ? actor
      AND EXISTS (SELECT FROM bellwork.workers WHERE id = %(worker)s)
      AND NOT EXISTS (SELECT FROM bellwork.queues q WHERE q.name = %(queue)s
          AND (q.paused_at IS NOT NULL OR q.at_once IS NOT NULL))
    ORDER BY priority, run_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
RETURNING j.id, j.queue, j.actor, j.args, j.options, j.priority, j.attempt, j.retries, j.crashes,
          extract(epoch FROM now() - j.created_at)::float8, j.worker_id,
          (extract(epoch FROM j.claimed_at) * 1000000)::int8, (extract(epoch FROM j.run_at) * 1000000)::int8, j.lost
"""


def claim(  # noqa: PLR0913 - one for each condition of the claim
    conn: Connection,
    worker: UUID,
    ids: Sequence[int],
    actors: Sequence[str],
    queue: str | None = None,
    *,
    limited: bool = False,
) -> list[Claimed]:
    """Claim those of `ids` that are still available, due, unpaused and for one of `actors`; others give no row.

    With `queue`, ids of other queues give none either: a due set may have been written to by other programs. A queue
    with a limit gives none, but to `claim_limited`, which has counted and says `limited`.
    """
    asked = {"worker": worker, "queue": queue, "ids": list(ids), "actors": as_keys(actors), "limited": limited}
    return _claimed(conn, _BY_ID, asked)


def claim_next(  # noqa: PLR0913 - one for each condition of the claim
    conn: Connection, worker: UUID, queue: str, actors: Sequence[str], limit: int, *, begin: Place | None = None
) -> list[Claimed]:
    """Claim up to `limit` due jobs of a queue without a limit by polling the ledger: what a worker does without Redis.

    With `begin`, no job before that place is looked at.
    """
    asked = {"worker": worker, "queue": queue, "actors": as_keys(actors), "limit": limit, **beginning(begin)}
    return _claimed(conn, _NEXT, asked)


def _claimed(conn: Connection, statement: bytes, asked: dict[str, Any]) -> list[Claimed]:
    rows = psycopg_of(conn).execute(statement, asked).fetchall()
    return sorted((Claimed(*row) for row in rows), key=lambda job: (job.priority, job.id))
