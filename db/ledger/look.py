"""What operators look at: depths, workers, jobs. Nothing here counts history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

_UNFINISHED = """
SELECT id, queue, actor,
       CASE WHEN state = 'available' AND run_at > now() THEN 'scheduled' ELSE state::text END AS state,
       args, unique_key, priority, attempt, retries, crashes, worker_id, errors, NULL AS reason,
       created_at, run_at, claimed_at, CAST(NULL AS timestamptz) AS finished_at
FROM bellwork.jobs"""
_FINISHED = """
SELECT id, queue, actor, state::text AS state, args, unique_key, priority, attempt, retries, crashes, worker_id, errors,
       reason, created_at, run_at, claimed_at, finished_at
FROM bellwork.finished_jobs"""
_LIST = f"""
SELECT * FROM ({_UNFINISHED} UNION ALL {_FINISHED}) j
WHERE (CAST(:state AS text) IS NULL OR state = :state)
  AND (CAST(:actor AS text) IS NULL OR actor = :actor)
  AND (CAST(:queue AS text) IS NULL OR queue = :queue)
ORDER BY id DESC LIMIT :limit
"""  # noqa: S608 - only our own two constants are put together
_SHOW = f"SELECT * FROM ({_UNFINISHED} WHERE id = :id UNION ALL {_FINISHED} WHERE id = :id) j"  # noqa: S608 - as above
_WORKERS = """
SELECT w.id, w.host, w.pid, w.queues, w.started_at, extract(epoch FROM w.expires_at - now()) AS lease_left,
       (SELECT count(*) FROM bellwork.jobs j WHERE j.state = 'running' AND j.worker_id = w.id) AS running,
       ARRAY(SELECT jsonb_object_keys(w.actors) ORDER BY 1) AS actors
FROM bellwork.workers w ORDER BY w.started_at
"""
_UNKNOWN = """
SELECT actor, queue, count(*) AS waiting, min(run_at) AS oldest FROM bellwork.jobs
WHERE state = 'available' AND NOT EXISTS (
    SELECT FROM bellwork.workers w WHERE w.expires_at > now() AND w.actors ? actor)
GROUP BY actor, queue ORDER BY waiting DESC
"""
_DEAD = """
SELECT count(*) FROM (
    SELECT FROM bellwork.finished_jobs WHERE state = 'dead' AND finished_at > now() - interval '24 hours' LIMIT 10000) d
"""


def list_jobs(
    conn: Connection, state: str | None = None, actor: str | None = None, queue: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """List jobs, the newest first, unfinished and finished alike; `state` may also be 'scheduled'."""
    asked = {"state": state, "actor": actor, "queue": queue, "limit": limit}
    return [dict(row) for row in conn.execute(text(_LIST), asked).mappings()]


def show_job(conn: Connection, job: int) -> dict[str, Any] | None:
    """Return everything about one job, its errors included; None where there is none of this id."""
    row = conn.execute(text(_SHOW), {"id": job}).mappings().first()
    return dict(row) if row else None


def queue_depths(conn: Connection) -> list[dict[str, Any]]:
    """List the queues with due, scheduled, running, oldest_due_seconds and, where paused, since when and by whom."""
    rows = conn.execute(text("SELECT * FROM bellwork.queue_depth ORDER BY queue")).mappings()
    return [dict(row) for row in rows]


def list_workers(conn: Connection) -> list[dict[str, Any]]:
    """List the worker processes with the seconds left of their lease and how many jobs each runs."""
    return [dict(row) for row in conn.execute(text(_WORKERS)).mappings()]


def unknown_actors(conn: Connection) -> list[dict[str, Any]]:
    """List the actors for which jobs wait though no live worker knows them: they run when one appears."""
    return [dict(row) for row in conn.execute(text(_UNKNOWN)).mappings()]


def dead_today(conn: Connection) -> int:
    """Count the jobs that died in the last 24 hours, up to 10,000."""
    return int(conn.execute(text(_DEAD)).scalar_one())
