"""What stands around an unfinished job: whatever may be the reason why it does not run, in one look."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.driver import psycopg_of
from bellwork.db.queries.limits import CRASHED_JOBS, CRASHED_MINUTES

if TYPE_CHECKING:
    from datetime import datetime

    from bellwork.db.driver import Asked

#: More jobs than these are not counted.
MOST = 10_000
_AROUND = b"""
SELECT extract(epoch FROM j.run_at - now())::float8 AS due_in,
       q.paused_at, q.paused_by, q.reason AS pause_reason, q.at_once, q.limited_by, q.limit_reason,
       w.alive, w.listening, w.fit, w.knowing, a.queue AS own_queue,
       (SELECT c.at + make_interval(mins => %(minutes)s) FROM bellwork.crashes c
        WHERE c.actor = j.actor AND c.at > now() - make_interval(mins => %(minutes)s)
        ORDER BY c.at DESC OFFSET %(jobs)s - 1 LIMIT 1) AS quarantined_until,
       (SELECT count(*) FROM (
            SELECT FROM bellwork.jobs b WHERE b.queue = j.queue AND b.state = 'available' AND b.run_at <= now()
                AND (b.priority, b.run_at, b.id) < (j.priority, j.run_at, j.id) LIMIT %(most)s) b) AS ahead,
       (SELECT count(*) FROM bellwork.jobs b WHERE b.queue = j.queue AND b.state = 'running') AS running,
       mine.host, mine.pid, extract(epoch FROM mine.expires_at - now())::float8 AS lease_left,
       extract(epoch FROM now() - j.claimed_at)::float8 AS runs_for,
       CAST(mine.actors ->> CAST(j.actor AS text) AS float8) AS killed_after, j.lost,
       EXISTS (SELECT FROM bellwork.misfits m
               WHERE m.job_id = j.id AND m.attempt = j.attempt AND m.until = j.run_at) AS misfit,
       CASE WHEN j.options #>> '{put_off,attempt}' = CAST(j.attempt AS text)
            THEN j.options #>> '{put_off,why}' END AS put_off
FROM bellwork.jobs j
LEFT JOIN bellwork.queues q ON q.name = j.queue
LEFT JOIN bellwork.actors a ON a.name = j.actor
LEFT JOIN bellwork.workers mine ON mine.id = j.worker_id
CROSS JOIN LATERAL (
    SELECT count(*) AS alive, count(*) FILTER (WHERE j.queue = ANY(queues)) AS listening,
           count(*) FILTER (WHERE j.queue = ANY(queues) AND actors ? j.actor) AS fit,
           count(*) FILTER (WHERE actors ? j.actor) AS knowing
    FROM bellwork.workers WHERE expires_at > now()) w
WHERE j.id = %(id)s
"""


class Around(NamedTuple):
    """Seconds are floats; of those alive so many listen, so many listen and know the actor (`fit`), so many know it.

    `at_once` is the queue's limit. `ahead` are due jobs of the queue that come first, up to MOST; `host` to
    `killed_after` are of its worker.
    `lost` counts attempts that ended with their whole group of processes; `misfit` tells that a worker which its
    arguments did not fit has left it to others. `put_off` is what its last attempt said when it asked to wait.
    """

    due_in: float
    paused_at: datetime | None
    paused_by: str | None
    pause_reason: str | None
    at_once: int | None
    limited_by: str | None
    limit_reason: str | None
    alive: int
    listening: int
    fit: int
    knowing: int
    own_queue: str | None
    quarantined_until: datetime | None
    ahead: int
    running: int
    host: str | None
    pid: int | None
    lease_left: float | None
    runs_for: float | None
    killed_after: float | None
    lost: int
    misfit: bool
    put_off: str | None = None


def look_around(conn: Asked, job: int) -> Around | None:
    """Return what stands around a job; None where it is finished, or there is none of this id."""
    asked = {"id": job, "minutes": CRASHED_MINUTES, "jobs": CRASHED_JOBS, "most": MOST}
    row = psycopg_of(conn).execute(_AROUND, asked).fetchone()
    return Around(*row) if row else None
