"""One row of life per worker process, renewed from outside the process; without it nothing is claimed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from db.engine import psycopg_of
from db.ledger.quarantine import QUARANTINED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from db.ledger.jobs import Worker

_REGISTER = b"""
INSERT INTO bellwork.workers (id, host, pid, master_pid, queues, actors, expires_at)
VALUES (%s, %s, %s, %s, %s, %s, now() + make_interval(secs => %s))
ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at
"""
_BEAT = b"UPDATE bellwork.workers SET expires_at = now() + make_interval(secs => %s) WHERE id = ANY(%s) RETURNING id"
# One statement, one way there and back: from far away a transaction of four takes half a lease.
_KEEP = b"""
WITH kept AS (
    UPDATE bellwork.workers SET expires_at = now() + make_interval(secs => %(lease)s)
    WHERE id = %(id)s AND expires_at < now() + make_interval(secs => %(lease)s / 2) RETURNING id, expires_at)
SELECT w.expires_at, kept.expires_at FROM bellwork.workers w LEFT JOIN kept USING (id) WHERE w.id = %(id)s
"""
_ACTORS = b"""
INSERT INTO bellwork.actors AS a (name, queue, priority, lane)
SELECT * FROM jsonb_to_recordset(%s::jsonb) AS n(name text, queue text, priority int2, lane text) ORDER BY name
ON CONFLICT (name) DO UPDATE
SET queue = excluded.queue, priority = excluded.priority, lane = excluded.lane, seen_at = now()
WHERE (a.queue, a.priority, a.lane) IS DISTINCT FROM (excluded.queue, excluded.priority, excluded.lane)
   OR a.seen_at < now() - interval '1 hour'
"""
# Jobs that were enqueued by name before anybody knew the actor wait in 'default', where no worker would look for them.
_ADOPT = b"""
UPDATE bellwork.jobs j SET queue = a.queue FROM bellwork.actors a
WHERE a.name = j.actor AND j.queue = 'default' AND a.queue <> 'default' AND j.state = 'available'
"""
_HEARD = b"""
SELECT DISTINCT heard.queue FROM bellwork.workers w, unnest(w.queues) AS heard(queue) WHERE w.expires_at > now()
    AND NOT EXISTS (SELECT FROM bellwork.queues q WHERE q.name = heard.queue AND q.paused_at IS NOT NULL)
"""


def register_worker(conn: Connection, worker: Worker, lease: float) -> None:
    """Write the worker's row, with `lease` seconds until somebody has to renew it; twice is as good as once."""
    row = (worker.id, worker.host, worker.pid, worker.master_pid, worker.queues, json.dumps(worker.actors), lease)
    psycopg_of(conn).execute(_REGISTER, row)


def register_actors(conn: Connection, actors: Sequence[dict[str, object]]) -> None:
    """Tell the ledger each actor's name, queue, priority and lane, so that callers in SQL need only its name."""
    psycopg_of(conn).execute(_ACTORS, (json.dumps(list(actors)),))
    psycopg_of(conn).execute(_ADOPT)


def workers_of(conn: Connection, host: str, master_pid: int) -> list[tuple[UUID, int]]:
    """List (id, pid) of the worker processes that one master on this host started."""
    asked = "SELECT id, pid FROM bellwork.workers WHERE host = %s AND master_pid = %s"
    return psycopg_of(conn).execute(asked, (host, master_pid)).fetchall()


def beat(conn: Connection, workers: Sequence[UUID], lease: float) -> set[UUID]:
    """Renew the leases for `lease` seconds; returns the workers that are still known."""
    return {row[0] for row in psycopg_of(conn).execute(_BEAT, (lease, list(workers))).fetchall()}


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


def leave(conn: Connection, worker: UUID) -> None:
    """Take the worker's row away at a clean stop and hand back whatever it still holds, uncounted."""
    psycopg_of(conn).execute("DELETE FROM bellwork.workers WHERE id = %s", (worker,))
    psycopg_of(conn).execute(
        "UPDATE bellwork.jobs SET state = 'available', worker_id = NULL, claimed_at = NULL"
        " WHERE state = 'running' AND worker_id = %s",
        (worker,),
    )


def known_actors(conn: Connection) -> list[str]:
    """List the actors that a live worker knows, without those that are quarantined."""
    asked = (
        b"SELECT jsonb_object_keys(actors) FROM bellwork.workers WHERE expires_at > now() EXCEPT (" + QUARANTINED + b")"
    )
    return [row[0] for row in psycopg_of(conn).execute(asked).fetchall()]


def heard_queues(conn: Connection) -> list[str]:
    """List the queues that live workers listen to and that are not paused."""
    return [row[0] for row in psycopg_of(conn).execute(_HEARD).fetchall()]
