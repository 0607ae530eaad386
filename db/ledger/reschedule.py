"""A job goes back to being available: as a retry that counts, as a snooze that does not, or handed back unrun."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from db.engine import psycopg_of
from db.ledger.jobs import FARTHEST, Held, in_columns, with_error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

_RESCHEDULE = (
    b"""
UPDATE bellwork.jobs
SET state = 'available', worker_id = NULL, claimed_at = NULL, run_at = now() + make_interval(secs => %(delay)s),
    retries = retries + %(counted)s,
    errors = """
    + with_error(b"%(error)s::jsonb")
    + b"""
WHERE id = %(id)s AND attempt = %(attempt)s AND (extract(epoch FROM claimed_at) * 1000000)::int8 = %(since)s
"""
)
_RELEASE = b"""
UPDATE bellwork.jobs j
SET state = 'available', worker_id = NULL, claimed_at = NULL,
    run_at = greatest(run_at, now() + make_interval(secs => %(delay)s))
FROM unnest(%(ids)s::int8[], %(attempts)s::int4[], %(since)s::int8[]) AS held(id, attempt, since)
WHERE j.id = held.id AND j.attempt = held.attempt AND j.id = ANY(%(ids)s)
  AND (extract(epoch FROM j.claimed_at) * 1000000)::int8 = held.since
"""
_HELD = b"""
SELECT id, attempt, (extract(epoch FROM claimed_at) * 1000000)::int8 FROM bellwork.jobs
WHERE state = 'running' AND worker_id = %s AND queue = %s
"""


def retry(conn: Connection, attempt: Held, delay: float, error: dict[str, Any]) -> bool:
    """Let the job run again in `delay` seconds and count the failure; False where the lease was lost."""
    return _reschedule(conn, attempt, delay, counted=1, errors=[error])


def snooze(conn: Connection, attempt: Held, delay: float) -> bool:
    """Let the job run again in `delay` seconds; burns no retry. False where the lease was lost."""
    return _reschedule(conn, attempt, delay, counted=0, errors=[])


def release(conn: Connection, attempts: Sequence[Held], delay: float = 0) -> None:
    """Hand jobs back that this worker will not run (a clean stop, a neighbour's kill); burns no retry."""
    psycopg_of(conn).execute(_RELEASE, {"delay": min(delay, FARTHEST), **in_columns(attempts)})


def held_by(conn: Connection, worker: UUID, queue: str) -> list[Held]:
    """List what a worker holds of a queue by the books: more than it knows of where an answer to a claim was lost."""
    return [Held(*row) for row in psycopg_of(conn).execute(_HELD, (worker, queue)).fetchall()]


def _reschedule(conn: Connection, attempt: Held, delay: float, counted: int, errors: list[dict[str, Any]]) -> bool:
    wanted = {"delay": min(delay, FARTHEST), "counted": counted, "error": json.dumps(errors)}
    return bool(psycopg_of(conn).execute(_RESCHEDULE, attempt._asdict() | wanted).rowcount)
