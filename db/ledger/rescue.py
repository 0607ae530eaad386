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
from bellwork.db.ledger.jobs import FARTHEST, with_error, with_key_again
from bellwork.db.ledger.losses import Silent, note_losses
from bellwork.db.ledger.probe import prolong
from bellwork.db.ledger.quarantine import record_crashes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

# Rows that a live transaction holds are left for the next round: their attempt may be finishing this very moment.
# Ordered by a sum and taken by a list: else plans made for an empty table read all dead rows by the primary key.
_ABANDONED = b"""
WITH abandoned AS (
    SELECT id, worker_id FROM bellwork.jobs j
    WHERE state = 'running' AND (worker_id = ANY(%(gone)s)"""
_NO_WORKER = b"NOT EXISTS (SELECT FROM bellwork.workers w WHERE w.id = j.worker_id)"
_RESCUE = (
    b""")
    ORDER BY id + 0 FOR UPDATE SKIP LOCKED)
UPDATE bellwork.jobs j
SET state = 'available', worker_id = NULL, claimed_at = NULL,
    crashes = crashes + CASE WHEN j.id = ANY(%(not_charged)s) OR j.id = ANY(%(overdue)s) THEN 0
                             WHEN j.worker_id = ANY(%(died)s) THEN 1 ELSE 0 END,
    lost = lost + CASE WHEN j.id = ANY(%(not_charged)s) OR j.id = ANY(%(overdue)s) OR j.worker_id = ANY(%(died)s) THEN 0
                       ELSE 1 END,
    retries = retries + CASE WHEN j.id = ANY(%(overdue)s) THEN 1 ELSE 0 END,
    errors = CASE WHEN j.id = ANY(%(not_charged)s) THEN errors ELSE """
    + with_error(b"jsonb_build_object('attempt', attempt, 'at', now(), 'error', %(why)s::text)")
    + b""" END
FROM abandoned WHERE j.id = abandoned.id AND j.id = ANY (ARRAY(SELECT id FROM abandoned))
RETURNING j.id, abandoned.worker_id, j.options ->> 'waiting_key' AS waiting_key
"""
)
# A job whose row is locked was left, and the reason why its attempt ended is known only while its worker's row stands.
_FORGET = b"""
DELETE FROM bellwork.workers w WHERE id = ANY(%s)
    AND NOT EXISTS (SELECT FROM bellwork.jobs j WHERE j.state = 'running' AND j.worker_id = w.id)
"""
_NEXT_END = b"""
SELECT extract(epoch FROM now())::float8, extract(epoch FROM min(expires_at) - now())::float8, """
_ORPHANS = b"EXISTS (SELECT FROM bellwork.jobs j WHERE state = 'running' AND " + _NO_WORKER + b")"
_EXPIRED = b"DELETE FROM bellwork.workers WHERE expires_at < now()"
_WITNESSED = b" AND host = %(host)s AND expires_at - make_interval(secs => %(lease)s) > pg_postmaster_start_time()"
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
#: So many lost attempts are the last ones of a job: what takes its whole machine along must end, too.
MOST_LOST = 20


def clock(conn: Connection) -> float:
    """Read PostgreSQL's clock, in seconds."""
    [(now,)] = psycopg_of(conn).execute("SELECT extract(epoch FROM now())::float8").fetchall()
    return float(now)


def anything_lost(conn: Connection, *, orphans: bool = True) -> tuple[float, float | None, bool]:
    """Read PostgreSQL's clock, in seconds, and what rescue_expired would find to change.

    That is, in how many seconds the next lease runs out (below 0: it has; None: no worker is registered), and, with
    `orphans`, whether a job runs whose worker has no row. One statement and no lock: that is how nearly all looks end.
    """
    statement = _NEXT_END + (_ORPHANS if orphans else b"false") + b" FROM bellwork.workers"
    [(now, left, lost)] = psycopg_of(conn).execute(statement).fetchall()
    return float(now), left, bool(lost)


def rescue_restarted(conn: Connection, host: str, lease: float) -> list[int]:
    """Do what rescue_expired does, for workers of one host whose last sign of life PostgreSQL has outlived.

    What starts beside them need not wait until it has seen for itself that they had time to renew their leases.
    """
    return _rescue_silent(conn, _EXPIRED + _WITNESSED, {"host": host, "lease": lease}, orphans=False)


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
    psycopg_of(conn).execute(_FORGET, (list(workers),))
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
    psycopg_of(conn).execute(_FORGET, ([worker],))
    return [job for job, _ in rescued]


def overdue(conn: Connection, workers: Sequence[UUID], grace: float) -> list[tuple[UUID, int, list[int]]]:
    """List (worker, pid, jobs) whose attempts ran past their actor's time limit and `grace` seconds."""
    rows = psycopg_of(conn).execute(_OVERDUE, (list(workers), FARTHEST, grace)).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


def _rescue_silent(conn: Connection, expired: bytes, asked: dict[str, object], *, orphans: bool) -> list[int]:
    found = psycopg_of(conn).execute(expired + b" RETURNING id, master_id, pid, process_started", asked).fetchall()
    if not found and not orphans:
        return []
    silent = [Silent(*row) for row in found]
    rescued = _rescue(conn, [worker.id for worker in silent], _SILENT, orphans=orphans)
    note_losses(conn, silent, rescued)
    return [job for job, _ in rescued]


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
    asked = {"gone": list(gone), "why": why, **charges}
    statement = with_key_again(_ABANDONED + (b" OR " + _NO_WORKER if orphans else b"") + _RESCUE, b"id, worker_id")
    rescued = [(job, worker) for job, worker, _ in psycopg_of(conn).execute(statement, asked).fetchall()]
    holders = Counter(worker for _, worker in rescued)
    alone = [job for job, worker in rescued if worker in died and holders[worker] == 1]
    if alone:
        record_crashes(conn, alone)
    if died:
        prolong(conn, died)
    return rescued
