"""A finished job leaves the table of jobs for its history, in the transaction of its effects, if the lease holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from db.engine import psycopg_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from db.ledger.jobs import Held

_COLUMNS = b"""id, queue, actor, priority, run_at, args, options, unique_key, attempt, retries, crashes,
    worker_id, claimed_at, created_at"""
_FINISH = (
    b"""
WITH gone AS (
    DELETE FROM bellwork.jobs j USING unnest(%s::int8[], %s::int4[]) AS held(id, attempt)
    WHERE j.id = held.id AND j.attempt = held.attempt AND j.state = 'running'
    RETURNING j.*)
INSERT INTO bellwork.finished_jobs ("""
    + _COLUMNS
    + b""", state, errors)
SELECT """
    + _COLUMNS
    + b""", 'done', errors FROM gone
RETURNING id
"""
)
_BURY = (
    b"""
WITH gone AS (
    DELETE FROM bellwork.jobs WHERE id = %(id)s AND attempt = %(attempt)s AND state = 'running' RETURNING *)
INSERT INTO bellwork.finished_jobs ("""
    + _COLUMNS
    + b""", state, reason, errors)
SELECT """
    + _COLUMNS
    + b""", 'dead', %(reason)s, errors || %(error)s::jsonb FROM gone
RETURNING id
"""
)


class LostLease(Exception):  # noqa: N818 - named for what happened, as the engine's users speak of it
    """This attempt no longer holds its job (rescued, cancelled or finished elsewhere): it may not write anything."""


def finish(conn: Connection, attempts: Sequence[Held]) -> set[int]:
    """Record the attempts' jobs as done and return the ids of those that still held their lease."""
    ids, numbers = [held.id for held in attempts], [held.attempt for held in attempts]
    return {row[0] for row in psycopg_of(conn).execute(_FINISH, (ids, numbers)).fetchall()}


def bury(conn: Connection, attempt: Held, reason: str, error: dict[str, Any] | None = None) -> None:
    """Record a job as dead with its reason; raises LostLease where the attempt holds it no longer."""
    asked = {**attempt._asdict(), "reason": reason, "error": json.dumps([error] if error else [])}
    if not psycopg_of(conn).execute(_BURY, asked).rowcount:
        msg = f"job {attempt.id} is no longer held by attempt {attempt.attempt}"
        raise LostLease(msg)
