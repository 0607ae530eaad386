"""One row of life per worker process, renewed from outside the process; without it nothing is claimed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.quarantine import QUARANTINED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from bellwork.db.ledger.jobs import Worker

#: Days since an actor was last registered; a deployment that is taken back is back long before.
FORGOTTEN_AFTER = 30

_REGISTER = b"""
INSERT INTO bellwork.workers (
    id, host, pid, master_pid, queues, actors, expires_at, master_id, process_started, lease, threads, clock_ahead)
VALUES (%s, %s, %s, %s, %s, %s, now() + make_interval(secs => %s), %s, %s, %s, %s,
        %s - extract(epoch FROM clock_timestamp())::float8)
ON CONFLICT (id) DO UPDATE SET
    expires_at = excluded.expires_at, lease = excluded.lease, threads = coalesce(excluded.threads, workers.threads),
    clock_ahead = excluded.clock_ahead
"""
_OF_MASTER = b"""
SELECT id, pid, process_started, true FROM bellwork.workers WHERE master_id = %(master)s UNION ALL
SELECT DISTINCT worker_id, pid, process_started, false FROM bellwork.losses WHERE master_id = %(master)s
"""
_BEAT = b"""
UPDATE bellwork.workers
SET expires_at = now() + make_interval(secs => %(lease)s),
    clock_ahead = coalesce(%(clock)s - extract(epoch FROM clock_timestamp())::float8, clock_ahead)
WHERE id = ANY(%(workers)s) RETURNING id
"""
# One statement, one way there and back: from far away a transaction of four takes half a lease.
_KEEP = b"""
WITH kept AS (
    UPDATE bellwork.workers SET expires_at = now() + make_interval(secs => %(lease)s)
    WHERE id = %(id)s AND expires_at < now() + make_interval(secs => %(lease)s / 2) RETURNING id, expires_at)
SELECT w.expires_at, kept.expires_at FROM bellwork.workers w LEFT JOIN kept USING (id) WHERE w.id = %(id)s
"""
_ACTORS = b"""
INSERT INTO bellwork.actors AS a (name, queue, priority, lane, callers, subject, tenant, slo_seconds, slo_share)
SELECT name, queue, priority, lane, coalesce(callers, 'everyone'), subject, tenant, slo_seconds, slo_share
FROM jsonb_to_recordset(%s::jsonb) AS n(
    name text, queue text, priority int2, lane text, callers text, subject text[], tenant text[], slo_seconds float8,
    slo_share float8)
ORDER BY name
ON CONFLICT (name) DO UPDATE
SET queue = excluded.queue, priority = excluded.priority, lane = excluded.lane, callers = excluded.callers,
    subject = excluded.subject, tenant = excluded.tenant, slo_seconds = excluded.slo_seconds,
    slo_share = excluded.slo_share, seen_at = now()
WHERE (a.queue, a.priority, a.lane, a.callers, a.subject, a.tenant, a.slo_seconds, a.slo_share)
      IS DISTINCT FROM (
          excluded.queue, excluded.priority, excluded.lane, excluded.callers, excluded.subject, excluded.tenant,
          excluded.slo_seconds, excluded.slo_share)
   OR a.seen_at < now() - interval '1 hour'
"""
# A worker that runs for weeks registered before them: its own row speaks for it. A worker that registers an actor while
# this waits for its row has renewed `seen_at`, and the row stays.
_FORGET = b"""
DELETE FROM bellwork.actors a
WHERE a.seen_at < now() - make_interval(days => %s)
    AND NOT EXISTS (SELECT FROM bellwork.workers w WHERE w.expires_at > now() AND w.actors ? a.name)
    AND NOT EXISTS (SELECT FROM bellwork.jobs j WHERE j.actor = a.name)
    AND NOT EXISTS (SELECT FROM bellwork.entries e WHERE e.actor = a.name AND e.retired_at IS NULL)
RETURNING a.name
"""
# Jobs that were enqueued by name before a worker registered the actor wait in 'default', where none would claim them.
_ADOPT = b"""
UPDATE bellwork.jobs j SET queue = a.queue FROM bellwork.actors a
WHERE a.name = j.actor AND j.queue = 'default' AND a.queue <> 'default' AND j.state = 'available'
"""
# A job takes its waiting key again where that is free.
_HAND_BACK = b"""
WITH back AS (
    UPDATE bellwork.jobs SET state = 'available', worker_id = NULL, claimed_at = NULL
    WHERE state = 'running' AND worker_id = %s
    RETURNING id, options ->> 'waiting_key' AS waiting_key)
SELECT id, CASE WHEN waiting_key IS NOT NULL THEN bellwork.retake_key(id) END FROM back
"""
_HEARD = b"""
SELECT DISTINCT heard.queue FROM bellwork.workers w, unnest(w.queues) AS heard(queue) WHERE w.expires_at > now()
    AND NOT EXISTS (SELECT FROM bellwork.queues q WHERE q.name = heard.queue AND q.paused_at IS NOT NULL)
"""
_ABILITIES = b"SELECT id, queues, ARRAY(SELECT jsonb_object_keys(actors)) FROM bellwork.workers WHERE id = ANY(%s)"


class Sibling(NamedTuple):
    """A worker process of a master; `started` is in seconds since 1970.

    It is not `registered` where its lease ran out, and what it had then was counted as lost.
    """

    id: UUID
    pid: int
    started: float
    registered: bool


def register_worker(conn: Connection, worker: Worker, lease: float) -> None:
    """Write the worker's row, with `lease` seconds until it has to be renewed; twice is as good as once."""
    row = (worker.id, worker.host, worker.pid, worker.master_pid, worker.queues, json.dumps(worker.actors))
    more = (worker.master, worker.started, lease, worker.threads, worker.clock)
    psycopg_of(conn).execute(_REGISTER, (*row, lease, *more))


def register_actors(conn: Connection, actors: Sequence[dict[str, object]]) -> None:
    """Tell the ledger each actor's name, queue, priority, lane and callers, and which arguments are subject and tenant.

    Callers in SQL need only its name; `callers` is "everyone" unless told, or "internal"; `slo_seconds` and
    `slo_share` its objective, where it has one.
    """
    psycopg_of(conn).execute(_ACTORS, (json.dumps(list(actors)),))
    psycopg_of(conn).execute(_ADOPT)


def forget_actors(conn: Connection) -> list[str]:
    """Delete the actors that have left the code; returns their names.

    No worker has registered them for FORGOTTEN_AFTER days, no live worker knows them, no unfinished job and no entry of
    the calendar names them. Registering brings an actor back.
    """
    return sorted(row[0] for row in psycopg_of(conn).execute(_FORGET, (FORGOTTEN_AFTER,)).fetchall())


def workers_of(conn: Connection, master: UUID) -> list[Sibling]:
    """List the worker processes that a master started: those that are registered, and those that lost something."""
    return [Sibling(*row) for row in psycopg_of(conn).execute(_OF_MASTER, {"master": master}).fetchall()]


def beat(conn: Connection, workers: Sequence[UUID], lease: float, clock: float | None = None) -> set[UUID]:
    """Renew the leases for `lease` seconds; returns the workers that are still known.

    `clock` is what the clock of their host says now, in seconds since 1970: how far it is from PostgreSQL's is kept.
    """
    asked = {"lease": lease, "workers": list(workers), "clock": clock}
    return {row[0] for row in psycopg_of(conn).execute(_BEAT, asked).fetchall()}


def keep_alive(conn: Connection, worker: UUID, lease: float) -> tuple[datetime | None, datetime | None]:
    """Renew the worker's own lease if half of its `lease` seconds have gone by; one that ran out counts as that too.

    Returns until when it was found to hold, None for a worker that was declared gone, and until when it was renewed,
    None where it was not.
    """
    asked = {"id": worker, "lease": lease}
    found: tuple[datetime, datetime | None] | None = psycopg_of(conn).execute(_KEEP, asked).fetchone()
    return found or (None, None)


def is_known(conn: Connection, worker: UUID) -> bool:
    """Tell whether the worker's row is there; a worker that was declared gone must stop."""
    return bool(psycopg_of(conn).execute("SELECT 1 FROM bellwork.workers WHERE id = %s", (worker,)).rowcount)


def deregister(conn: Connection, worker: UUID) -> None:
    """Take the worker's row away at a clean stop and hand back whatever it still holds, uncounted."""
    psycopg_of(conn).execute("DELETE FROM bellwork.workers WHERE id = %s", (worker,))
    psycopg_of(conn).execute(_HAND_BACK, (worker,))


def known_actors(conn: Connection) -> list[str]:
    """List the actors that a live worker knows, without those that are quarantined."""
    asked = (
        b"SELECT jsonb_object_keys(actors) FROM bellwork.workers WHERE expires_at > now() EXCEPT (" + QUARANTINED + b")"
    )
    return [row[0] for row in psycopg_of(conn).execute(asked).fetchall()]


def heard_queues(conn: Connection) -> list[str]:
    """List the queues that live workers listen to and that are not paused."""
    return [row[0] for row in psycopg_of(conn).execute(_HEARD).fetchall()]


def alive(conn: Connection) -> set[UUID]:
    """Name the workers whose lease has not run out."""
    return {row[0] for row in psycopg_of(conn).execute("SELECT id FROM bellwork.workers WHERE expires_at > now()")}


def abilities(conn: Connection, workers: Sequence[UUID]) -> dict[UUID, tuple[list[str], list[str]]]:
    """Return the queues that each worker takes and the actors it knows; a registered worker never changes them."""
    rows = psycopg_of(conn).execute(_ABILITIES, (list(workers),)).fetchall()
    return {worker: (queues, actors) for worker, queues, actors in rows}


def paused_queues(conn: Connection) -> set[str]:
    """Name the queues that are paused."""
    return {row[0] for row in psycopg_of(conn).execute("SELECT name FROM bellwork.queues WHERE paused_at IS NOT NULL")}
