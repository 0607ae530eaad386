"""The jobs of a worker that is gone are made available again, and what ended their attempt is counted.

A process that died while its heartbeat lived is charged to the jobs that ran in it, as a crash: so a poison job
ends. One that vanished together with its heartbeat or its master was most likely ended from outside (an eviction, a
deploy without grace, a host that failed): its attempts are counted as lost, far more of which are allowed. So is what
was found by its lease before its heartbeat came, until that one tells (`losses`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.jobs import FARTHEST, KEPT_ERRORS
from bellwork.db.ledger.losses import Silent, note_losses
from bellwork.db.ledger.occurrences import note
from bellwork.db.ledger.probe import prolong
from bellwork.db.ledger.quarantine import record_crashes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

# Rows that a live transaction holds are left for the next round: their attempt may be finishing this very moment.
# Ordered by a sum and taken by a list: else plans made for an empty table read all dead rows by the primary key.
# A job takes its waiting key again where that is free. Of more errors than are kept, the oldest gives way.
_RESCUE = """
WITH abandoned AS (
    SELECT id, worker_id FROM bellwork.jobs j
    WHERE state = 'running' AND ({whose})
    ORDER BY id + 0 FOR UPDATE SKIP LOCKED),
back AS (
    UPDATE bellwork.jobs j
    SET state = 'available', worker_id = NULL, claimed_at = NULL,
        crashes = crashes + CASE WHEN j.id = ANY(%(not_charged)s) OR j.id = ANY(%(overdue)s) THEN 0
                                 WHEN j.worker_id = ANY(%(died)s) THEN 1 ELSE 0 END,
        lost = lost + CASE WHEN j.id = ANY(%(not_charged)s) OR j.id = ANY(%(overdue)s) THEN 0
                           WHEN j.worker_id = ANY(%(died)s) THEN 0 ELSE 1 END,
        retries = retries + CASE WHEN j.id = ANY(%(overdue)s) THEN 1 ELSE 0 END,
        errors = CASE
            WHEN j.id = ANY(%(not_charged)s) THEN errors
            WHEN jsonb_array_length(errors) >= %(most)s
            THEN (errors || jsonb_build_object('attempt', attempt, 'at', now(), 'error', %(why)s::text)) - 0
            ELSE errors || jsonb_build_object('attempt', attempt, 'at', now(), 'error', %(why)s::text) END
    FROM abandoned WHERE j.id = abandoned.id AND j.id = ANY (ARRAY(SELECT id FROM abandoned))
    RETURNING j.id, abandoned.worker_id, j.options ->> 'waiting_key' AS waiting_key)
SELECT id, worker_id, CASE WHEN waiting_key IS NOT NULL THEN bellwork.retake_key(id) END FROM back
"""
_OF_WORKERS = _RESCUE.format(whose="worker_id = ANY(%(gone)s)").encode()
_OF_WORKERS_AND_ORPHANS = _RESCUE.format(
    whose="worker_id = ANY(%(gone)s) OR NOT EXISTS (SELECT FROM bellwork.workers w WHERE w.id = j.worker_id)"
).encode()
# A job whose row is locked was left, and the reason why its attempt ended is known only while its worker's row stands.
_FORGET = b"""
DELETE FROM bellwork.workers w WHERE id = ANY(%s)
    AND NOT EXISTS (SELECT FROM bellwork.jobs j WHERE j.state = 'running' AND j.worker_id = w.id)
"""
_NEXT_END = b"""
SELECT extract(epoch FROM now())::float8, extract(epoch FROM min(expires_at) - now())::float8, false
FROM bellwork.workers
"""
_NEXT_END_AND_ORPHANS = b"""
SELECT extract(epoch FROM now())::float8, extract(epoch FROM min(expires_at) - now())::float8, EXISTS (
    SELECT FROM bellwork.jobs j
    WHERE state = 'running' AND NOT EXISTS (SELECT FROM bellwork.workers w WHERE w.id = j.worker_id))
FROM bellwork.workers
"""
_EXPIRED = b"""
DELETE FROM bellwork.workers WHERE expires_at < now() RETURNING id, master_id, pid, process_started
"""
# PostgreSQL has been up since the last renewal of the lease.
_EXPIRED_OF_HOST = b"""
DELETE FROM bellwork.workers
WHERE expires_at < now() AND host = %(host)s
  AND expires_at - make_interval(secs => %(lease)s) > pg_postmaster_start_time()
RETURNING id, master_id, pid, process_started
"""
_OVERDUE = b"""
SELECT w.id, w.pid, array_agg(j.id) FROM bellwork.jobs j JOIN bellwork.workers w ON w.id = j.worker_id
WHERE j.state = 'running' AND w.id = ANY(%s)
  AND j.claimed_at + make_interval(secs => coalesce(
        CASE jsonb_typeof(j.options -> 'time_limit')
            WHEN 'number' THEN least((j.options ->> 'time_limit')::float8 / 1000, %s) END + %s,
        (w.actors ->> j.actor)::float8)) < now()
GROUP BY w.id, w.pid
"""
_SILENT = "the worker fell silent and its lease ran out"


def clock(conn: Connection) -> float:
    """Read PostgreSQL's clock, in seconds."""
    [(now,)] = psycopg_of(conn).execute("SELECT extract(epoch FROM now())::float8").fetchall()
    return float(now)


def anything_lost(conn: Connection, *, orphans: bool = True) -> tuple[float, float | None, bool]:
    """Read PostgreSQL's clock, in seconds, and what rescue_expired would find to change.

    That is, in how many seconds the next lease runs out (below 0: it has; None: no worker is registered), and, with
    `orphans`, whether a job runs whose worker has no row. One statement and no lock: that is how nearly all looks end.
    """
    statement = _NEXT_END_AND_ORPHANS if orphans else _NEXT_END
    [(now, left, lost)] = psycopg_of(conn).execute(statement).fetchall()
    return float(now), left, bool(lost)


def rescue_restarted(conn: Connection, host: str, lease: float) -> list[int]:
    """Do what rescue_expired does, for workers of one host whose last sign of life PostgreSQL has outlived.

    What starts beside them need not wait until it has seen for itself that they had time to renew their leases.
    """
    return _rescue_silent(conn, _EXPIRED_OF_HOST, {"host": host, "lease": lease}, orphans=False)


def rescue_expired(conn: Connection, *, orphans: bool = True) -> list[int]:
    """Declare workers gone whose lease ran out and make their jobs available, each counts a lost attempt.

    Returns the jobs' ids.

    With `orphans`, those too whose worker has no row any more: a job that was just finishing when its worker was
    declared gone was left, and its commit may have failed. That looks at everything that runs.
    """
    return _rescue_silent(conn, _EXPIRED, {}, orphans=orphans)


def rescue_dead(conn: Connection, workers: Sequence[UUID], why: str, *, charged: bool = True) -> list[int]:
    """Make the jobs of workers that are known to be dead available at once; returns the jobs' ids.

    Each counts a crash, or where they are not `charged` with it, a lost attempt. A job that a transaction still holds
    is left, and with it its worker's row: ask again.
    """
    rescued = _rescue(conn, workers, why, died=workers if charged else ())
    _forget(conn, workers, how := "died" if charged else "master died")
    note(conn, "reclaimed", how, len(rescued))
    return [job for job, _ in rescued]


def rescue_killed(conn: Connection, worker: UUID, overdue: Sequence[int]) -> list[int]:
    """Make the jobs of a worker available that was killed for `overdue`: these count a retry, neighbours nothing.

    A job that a transaction still holds is left, and with it the worker's row: ask again.
    """
    cursor = psycopg_of(conn).execute(
        "SELECT id FROM bellwork.jobs WHERE state = 'running' AND worker_id = %s", (worker,)
    )
    running = [row[0] for row in cursor.fetchall()]
    not_charged = [job for job in running if job not in overdue]
    why = "ran past its hard time limit; its process was killed"
    rescued = _rescue(conn, [worker], why, overdue=overdue, not_charged=not_charged)
    _forget(conn, [worker], "killed")
    overran = sum(job in overdue for job, _ in rescued)
    note(conn, "reclaimed", "overran", overran)
    note(conn, "reclaimed", "neighbour overran", len(rescued) - overran)
    return [job for job, _ in rescued]


def overdue(conn: Connection, workers: Sequence[UUID], grace: float) -> list[tuple[UUID, int, list[int]]]:
    """List (worker, pid, jobs) whose attempts ran past their actor's time limit and `grace` seconds."""
    rows = psycopg_of(conn).execute(_OVERDUE, (list(workers), FARTHEST, grace)).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


def _rescue_silent(conn: Connection, expired: bytes, asked: dict[str, object], *, orphans: bool) -> list[int]:
    found = psycopg_of(conn).execute(expired, asked).fetchall()
    if not found and not orphans:
        return []
    silent = [Silent(*row) for row in found]
    rescued = _rescue(conn, [worker.id for worker in silent], _SILENT, orphans=orphans)
    note_losses(conn, silent, rescued)
    note(conn, "ended", "silent", len(silent))
    note(conn, "reclaimed", "silent", len(rescued))
    return [job for job, _ in rescued]


def _forget(conn: Connection, workers: Sequence[UUID], how: str) -> None:
    """Delete the rows of workers that hold nothing any more, and count once that each has ended so."""
    note(conn, "ended", how, psycopg_of(conn).execute(_FORGET, (list(workers),)).rowcount)


def _rescue(  # noqa: PLR0913 - which workers are gone, and which jobs are charged with what
    conn: Connection,
    gone: Sequence[UUID],
    why: str,
    *,
    died: Sequence[UUID] = (),
    overdue: Sequence[int] = (),
    not_charged: Sequence[int] = (),
    orphans: bool = True,
) -> list[tuple[int, UUID]]:
    """Return the (job, worker) pairs that were made available."""
    charges = {"died": list(died), "overdue": list(overdue), "not_charged": list(not_charged)}
    asked = {"gone": list(gone), "why": why, "most": KEPT_ERRORS, **charges}
    statement = _OF_WORKERS_AND_ORPHANS if orphans else _OF_WORKERS
    rescued = [(job, worker) for job, worker, _ in psycopg_of(conn).execute(statement, asked).fetchall()]
    holders = Counter(worker for _, worker in rescued)
    alone = [job for job, worker in rescued if worker in died and holders[worker] == 1]
    if alone:
        record_crashes(conn, alone)
    if died:
        prolong(conn, died)
    return rescued
