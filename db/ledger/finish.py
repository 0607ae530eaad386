"""A finished job leaves the table of jobs for its history, in the transaction of its effects, if the lease holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bellwork.db.engine import at_once, psycopg_of
from bellwork.db.ledger.jobs import KEPT_ERRORS, in_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bellwork.db.ledger.jobs import Held

_FINISH = b"""
WITH gone AS (
    DELETE FROM bellwork.jobs j
    USING unnest(%(ids)s::int8[], %(attempts)s::int4[], %(since)s::int8[]) AS held(id, attempt, since)
    WHERE j.id = held.id AND j.attempt = held.attempt AND j.id = ANY(%(ids)s)
      AND (extract(epoch FROM j.claimed_at) * 1000000)::int8 = held.since
    RETURNING j.*)
INSERT INTO bellwork.finished_jobs (
    id, queue, actor, priority, run_at, args, options, unique_key, attempt, retries, crashes,
    worker_id, claimed_at, created_at, enqueued_by, subject, tenant, state, errors)
SELECT
    id, queue, actor, priority, run_at, args, options, unique_key, attempt, retries, crashes,
    worker_id, claimed_at, created_at, enqueued_by, subject, tenant, 'done', errors
FROM gone
RETURNING id
"""
# Of more errors than are kept, the oldest gives way.
_MARK_DEAD = b"""
WITH gone AS (
    DELETE FROM bellwork.jobs
    WHERE id = %(id)s AND attempt = %(attempt)s AND (extract(epoch FROM claimed_at) * 1000000)::int8 = %(since)s
    RETURNING *)
INSERT INTO bellwork.finished_jobs (
    id, queue, actor, priority, run_at, args, options, unique_key, attempt, retries, crashes,
    worker_id, claimed_at, created_at, enqueued_by, subject, tenant, state, reason, errors)
SELECT
    id, queue, actor, priority, run_at, args, options, unique_key, attempt, retries, crashes,
    worker_id, claimed_at, created_at, enqueued_by, subject, tenant, 'dead', %(reason)s,
    CASE WHEN jsonb_array_length(errors || %(error)s::jsonb) > %(most)s THEN (errors || %(error)s::jsonb) - 0
         ELSE errors || %(error)s::jsonb END
FROM gone
RETURNING id
"""


class LostLease(Exception):  # noqa: N818 - named for what happened, as the engine's users speak of it
    """This attempt no longer holds its job (rescued, cancelled or finished elsewhere): it may not write anything."""


def finish(conn: Connection, attempts: Sequence[Held]) -> set[int]:
    """Record the attempts' jobs as done and return the ids of those that still held their lease."""
    return {row[0] for row in psycopg_of(conn).execute(_FINISH, in_columns(attempts)).fetchall()}


def begin_finished(conn: Connection, attempt: Held) -> bool:
    """Begin a transaction whose first deed is to finish the attempt's job; False where the lease was lost.

    One round trip for both.
    """
    return at_once(conn, b"BEGIN; SELECT bellwork.finish(%d, %d, %d)" % attempt).get_value(0, 0) == b"t"


def mark_dead(conn: Connection, attempt: Held, reason: str, error: dict[str, Any] | None = None) -> None:
    """Record a job as dead with its reason; raises LostLease where the attempt holds it no longer."""
    new = json.dumps([error] if error else [])
    asked = {**attempt._asdict(), "reason": reason, "error": new, "most": KEPT_ERRORS}
    if not psycopg_of(conn).execute(_MARK_DEAD, asked).rowcount:
        msg = f"job {attempt.id} is no longer held by attempt {attempt.attempt}"
        raise LostLease(msg)
