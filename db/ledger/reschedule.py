"""A job goes back to being available: as a retry that counts, as a snooze that does not, or handed back unrun."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.jobs import FARTHEST, KEPT_ERRORS, Held, in_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

# A job takes its waiting key again where that is free. Of more errors than are kept, the oldest gives way.
_RESCHEDULE = b"""
WITH back AS (
    UPDATE bellwork.jobs
    SET state = 'available', worker_id = NULL, claimed_at = NULL, run_at = now() + make_interval(secs => %(delay)s),
        retries = retries + %(counted)s, options = options || %(options)s::jsonb,
        errors = CASE WHEN jsonb_array_length(errors || %(error)s::jsonb) > %(most)s
                      THEN (errors || %(error)s::jsonb) - 0 ELSE errors || %(error)s::jsonb END
    WHERE id = %(id)s AND attempt = %(attempt)s AND (extract(epoch FROM claimed_at) * 1000000)::int8 = %(since)s
    RETURNING id, options ->> 'waiting_key' AS waiting_key)
SELECT id, CASE WHEN waiting_key IS NOT NULL THEN bellwork.retake_key(id) END FROM back
"""
_RELEASE = b"""
WITH back AS (
    UPDATE bellwork.jobs j
    SET state = 'available', worker_id = NULL, claimed_at = NULL,
        run_at = greatest(run_at, now() + make_interval(secs => %(delay)s))
    FROM unnest(%(ids)s::int8[], %(attempts)s::int4[], %(since)s::int8[]) AS held(id, attempt, since)
    WHERE j.id = held.id AND j.attempt = held.attempt AND j.id = ANY(%(ids)s)
      AND (extract(epoch FROM j.claimed_at) * 1000000)::int8 = held.since
    RETURNING j.id, j.options ->> 'waiting_key' AS waiting_key)
SELECT id, CASE WHEN waiting_key IS NOT NULL THEN bellwork.retake_key(id) END FROM back
"""
_HELD = b"""
SELECT id, attempt, (extract(epoch FROM claimed_at) * 1000000)::int8 FROM bellwork.jobs
WHERE state = 'running' AND worker_id = %s AND queue = %s
"""
# Each error kept names its attempt: those since then brought none.
_HANDED_BACK = b"""
SELECT id, attempt - 1 - coalesce((errors -> -1 ->> 'attempt')::integer, 0) FROM bellwork.jobs WHERE id = ANY(%s)
"""


def retry(
    conn: Connection, attempt: Held, delay: float, error: dict[str, Any], options: dict[str, Any] | None = None
) -> bool:
    """Let the job run again in `delay` seconds and count the failure; `options` are added to its own.

    False where the lease was lost.
    """
    wanted = {"counted": 1, "error": json.dumps([error]), "options": json.dumps(options or {})}
    return _reschedule(conn, attempt, delay, wanted)


def snooze(conn: Connection, attempt: Held, delay: float, why: str = "", waits_for: str = "") -> bool:
    """Let the job run again in `delay` seconds; burns no retry. False where the lease was lost.

    Why is kept with the job, for as long as no later attempt has begun it counts.
    """
    note = {"put_off": {"attempt": attempt.attempt, "why": why, "for": waits_for}} if why else {}
    return _reschedule(conn, attempt, delay, {"counted": 0, "error": "[]", "options": json.dumps(note)})


def put_off(conn: Connection, attempt: Held, delay: float, errors: list[dict[str, Any]]) -> bool:
    """Let the job run in `delay` seconds, with these errors added; burns no retry. False where the lease was lost."""
    return _reschedule(conn, attempt, delay, {"counted": 0, "error": json.dumps(errors), "options": "{}"})


def release(conn: Connection, attempts: Sequence[Held], delay: float = 0) -> list[int]:
    """Hand jobs back that this worker will not run (a clean stop, a neighbour's kill); burns no retry.

    Returns the ids of those that were handed back: the others' leases were lost, or their attempts have ended.
    """
    asked = {"delay": min(delay, FARTHEST), **in_columns(attempts)}
    return sorted(row[0] for row in psycopg_of(conn).execute(_RELEASE, asked).fetchall())


def times_handed_back(conn: Connection, jobs: Sequence[int]) -> dict[int, int]:
    """Count how often each running job was handed back, or snoozed, since an attempt of it last failed or was lost."""
    return dict(psycopg_of(conn).execute(_HANDED_BACK, (list(jobs),)).fetchall())


def held_by(conn: Connection, worker: UUID, queue: str) -> list[Held]:
    """List what a worker holds of a queue by the ledger: more than is in flight where an answer to a claim was lost."""
    return [Held(*row) for row in psycopg_of(conn).execute(_HELD, (worker, queue)).fetchall()]


def _reschedule(conn: Connection, attempt: Held, delay: float, wanted: dict[str, Any]) -> bool:
    asked = {**attempt._asdict(), **wanted, "delay": min(delay, FARTHEST), "most": KEPT_ERRORS}
    return bool(psycopg_of(conn).execute(_RESCHEDULE, asked).rowcount)
