"""Whose worker is gone is made available again, and the crash is counted: a poison job runs out of processes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from db.engine import psycopg_of
from db.ledger.jobs import FARTHEST, with_error
from db.ledger.quarantine import convict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

# Rows that a live transaction holds are left for the next round: their attempt may be finishing this very moment.
# Ordered by a sum and taken by a list: else plans made for an empty table read all dead rows by the primary key.
_LOST = b"""
WITH lost AS (
    SELECT id, worker_id FROM bellwork.jobs j
    WHERE state = 'running' AND (worker_id = ANY(%(gone)s)"""
_NO_WORKER = b"NOT EXISTS (SELECT FROM bellwork.workers w WHERE w.id = j.worker_id)"
_RESCUE = (
    b""")
    ORDER BY id + 0 FOR UPDATE SKIP LOCKED)
UPDATE bellwork.jobs j
SET state = 'available', worker_id = NULL, claimed_at = NULL,
    crashes = crashes + CASE WHEN j.id = ANY(%(innocent)s) OR j.id = ANY(%(overdue)s) THEN 0 ELSE 1 END,
    retries = retries + CASE WHEN j.id = ANY(%(overdue)s) THEN 1 ELSE 0 END,
    errors = CASE WHEN j.id = ANY(%(innocent)s) THEN errors ELSE """
    + with_error(b"jsonb_build_object('attempt', attempt, 'at', now(), 'error', %(why)s::text)")
    + b""" END
FROM lost WHERE j.id = lost.id AND j.id = ANY (ARRAY(SELECT id FROM lost))
RETURNING j.id, lost.worker_id
"""
)
_SILENT = b"SELECT extract(epoch FROM now())::float8, EXISTS (SELECT FROM bellwork.workers WHERE expires_at < now())"
_ORPHANS = b" OR EXISTS (SELECT FROM bellwork.jobs j WHERE state = 'running' AND " + _NO_WORKER + b")"
_EXPIRED = b"DELETE FROM bellwork.workers WHERE expires_at < now() RETURNING id"
_OVERDUE = b"""
SELECT w.id, w.pid, array_agg(j.id) FROM bellwork.jobs j JOIN bellwork.workers w ON w.id = j.worker_id
WHERE j.state = 'running' AND w.id = ANY(%s)
  AND j.claimed_at + make_interval(secs => coalesce(
        CASE jsonb_typeof(j.options -> 'time_limit')
            WHEN 'number' THEN least((j.options ->> 'time_limit')::float8 / 1000, %s) END + %s,
        (w.actors ->> j.actor)::float8)) < now()
GROUP BY w.id, w.pid
"""


def clock(conn: Connection) -> float:
    """Read PostgreSQL's clock, in seconds."""
    [(now,)] = psycopg_of(conn).execute("SELECT extract(epoch FROM now())::float8").fetchall()
    return float(now)


def anything_lost(conn: Connection, *, orphans: bool = True) -> tuple[float, bool]:
    """Read PostgreSQL's clock, in seconds, and tell whether there is anything that rescue_expired would change.

    One statement and no lock: that is how nearly all looks end.
    """
    [(now, lost)] = psycopg_of(conn).execute(_SILENT + (_ORPHANS if orphans else b"")).fetchall()
    return float(now), bool(lost)


def rescue_expired(conn: Connection, *, orphans: bool = True) -> list[int]:
    """Declare workers gone whose lease ran out and make their jobs available; returns the jobs' ids.

    With `orphans`, those too whose worker has no row any more: a job that was just finishing when its worker was
    declared gone was left, and its commit may have failed. That looks at everything that runs.
    """
    gone = [row[0] for row in psycopg_of(conn).execute(_EXPIRED).fetchall()]
    if not gone and not orphans:
        return []
    return _rescue(conn, gone, "the worker fell silent and its lease ran out", orphans=orphans)


def rescue_dead(conn: Connection, workers: Sequence[UUID], why: str) -> list[int]:
    """Make the jobs of workers that are known to be dead available at once; each counts a crash."""
    psycopg_of(conn).execute("DELETE FROM bellwork.workers WHERE id = ANY(%s)", (list(workers),))
    return _rescue(conn, workers, why)


def rescue_killed(conn: Connection, worker: UUID, overdue: Sequence[int]) -> list[int]:
    """Make the jobs of a worker available that was killed for `overdue`: these count a retry, neighbours nothing."""
    cursor = psycopg_of(conn).execute(
        "SELECT id FROM bellwork.jobs WHERE state = 'running' AND worker_id = %s", (worker,)
    )
    running = [row[0] for row in cursor.fetchall()]
    psycopg_of(conn).execute("DELETE FROM bellwork.workers WHERE id = %s", (worker,))
    innocent = [job for job in running if job not in overdue]
    return _rescue(conn, [worker], "ran past its hard time limit; its process was killed", overdue, innocent)


def overdue(conn: Connection, workers: Sequence[UUID], grace: float) -> list[tuple[UUID, int, list[int]]]:
    """List (worker, pid, jobs) whose attempts ran past their actor's time limit and `grace` seconds."""
    rows = psycopg_of(conn).execute(_OVERDUE, (list(workers), FARTHEST, grace)).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


def _rescue(  # noqa: PLR0913 - who is gone, and who is charged with what
    conn: Connection,
    gone: Sequence[UUID],
    why: str,
    overdue: Sequence[int] = (),
    innocent: Sequence[int] = (),
    *,
    orphans: bool = True,
) -> list[int]:
    asked = {"gone": list(gone), "why": why, "overdue": list(overdue), "innocent": list(innocent)}
    statement = _LOST + (b" OR " + _NO_WORKER if orphans else b"") + _RESCUE
    rescued = psycopg_of(conn).execute(statement, asked).fetchall()
    holders = Counter(worker for _, worker in rescued)
    alone = [job for job, worker in rescued if holders[worker] == 1 and job not in (*overdue, *innocent)]
    if alone:
        convict(conn, alone)
    return [job for job, _ in rescued]
