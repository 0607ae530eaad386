"""A large estate at rest, laid out by a few statements: a month of finished jobs, those that wait, and who would work.

Nobody runs there; the leases of the workers last for a day, so that all of them count as alive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection


@dataclass(frozen=True)
class Size:
    """How many there are of each; actors are what every worker knows, and what jobs are spread over, unevenly."""

    finished: int
    waiting: int
    workers: int
    actors: int
    queues: int = 20


#: Days that the history goes back, and jobs that each worker runs.
DAYS, BUSY = 30, 8

# The history has partitions from the day on which it was made.
_DAY = """
CREATE TABLE IF NOT EXISTS bellwork.finished_jobs_{name} PARTITION OF bellwork.finished_jobs
FOR VALUES FROM ('{starts}+00') TO ('{ends}+00')
"""
_DAYS = b"""
SELECT to_char(day, 'YYYY_MM_DD'), day::text, (day + interval '1 day')::text
FROM generate_series(1, %s) n,
    LATERAL (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') - n * interval '1 day' AS day) days
"""
_PREFIX = "estate.an_actor_of_the_fleet_"
# A few actors have most of the jobs. Names are as long as real ones; each actor's queue is its own.
_ACTOR = "floor({actors} * power((n::bigint * 7919 % 999983)::float8 / 999983, 3))::int"
_NAMES = f"'q' || k % {{queues}} AS queue, '{_PREFIX}' || k AS actor"
_LAY_OUT = f"""
INSERT INTO bellwork.actors (name, queue, priority, lane)
SELECT actor, queue, 0, 'long' FROM (SELECT {_NAMES} FROM generate_series(0, {{actors}} - 1) k) named;
INSERT INTO bellwork.workers (id, host, pid, master_pid, queues, actors, expires_at)
SELECT gen_random_uuid(), 'worker-' || w, 100 + w, 1, ARRAY(SELECT 'q' || q FROM generate_series(0, {{queues}} - 1) q),
    (SELECT jsonb_object_agg(actor, 300) FROM (SELECT {_NAMES} FROM generate_series(0, {{actors}} - 1) k) named)
        || CASE WHEN w % 2 = 0 THEN '{{{{"estate.of_the_next_release": null}}}}'::jsonb ELSE '{{{{}}}}' END,
    now() + interval '1 day'
FROM generate_series(1, {{workers}}) w;
INSERT INTO bellwork.finished_jobs (id, queue, actor, state, reason, priority, run_at, args, options, attempt, retries,
    crashes, worker_id, claimed_at, errors, created_at, finished_at)
SELECT n, queue, actor, s::bellwork.job_state, CASE WHEN s = 'dead' THEN 'out of attempts' END, 0, at,
    jsonb_build_object('number', n), '{{{{}}}}', 1, 0, 0, '00000000-0000-0000-0000-000000000000', at,
    CASE WHEN s = 'dead' THEN '[{{{{"error": "ValueError: no"}}}}]'::jsonb ELSE '[]' END, at, at
FROM generate_series(1, {{finished}}) n,
    LATERAL (SELECT {_NAMES}, now() - ({{finished}} - n) * (interval '{DAYS} days' / {{finished}}) AS at,
        CASE WHEN n % 500 = 1 THEN 'dead' WHEN n % 500 = 2 THEN 'cancelled' ELSE 'done' END AS s
        FROM (SELECT {_ACTOR} AS k) which) named;
ALTER TABLE bellwork.jobs ALTER id RESTART WITH {{after}};
INSERT INTO bellwork.jobs (queue, actor, priority, run_at, args)
SELECT queue, actor, n % 3, now() + (n % 1000 - 900) * interval '10 s', jsonb_build_object('number', n)
FROM generate_series(1, {{waiting}}) n, LATERAL (SELECT {_NAMES} FROM (SELECT {_ACTOR} AS k) which) named;
WITH busy AS (
    SELECT j.id, w.id AS worker FROM (SELECT id, row_number() OVER () - 1 AS place FROM bellwork.workers) w
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS nth FROM bellwork.jobs
          ORDER BY id LIMIT {BUSY} * {{workers}}) j ON j.nth % {{workers}} = w.place)
UPDATE bellwork.jobs j SET state = 'running', worker_id = busy.worker, claimed_at = now()
FROM busy WHERE busy.id = j.id;
INSERT INTO bellwork.operator_acts (who, why, what, subject)
SELECT 'ann', 'it was asked for', 'jobs retry', 'job ' || n FROM generate_series(1, {{acts}}) n;
VACUUM (ANALYZE);
CHECKPOINT
"""  # noqa: S608 - our own constants


def actor(number: int) -> str:
    """Return an actor's name."""
    return f"{_PREFIX}{number}"


def lay_out(conn: Connection[Any], size: Size) -> None:
    """Lay it out in a ledger that holds nothing; ten million finished jobs take minutes and 2.7 GB of disk."""
    for name, starts, ends in conn.execute(_DAYS, (DAYS,)).fetchall():
        conn.execute(_DAY.format(name=name, starts=starts, ends=ends).encode())
    sizes = {"finished": size.finished, "waiting": size.waiting, "workers": size.workers, "actors": size.actors}
    others = {"queues": size.queues, "after": size.finished + 1, "acts": size.waiting // 50}
    for statement in _LAY_OUT.format(**sizes, **others).split(";\n"):
        conn.execute(statement.encode())
