"""A quarantined actor is tried again: one job, in a process of its own, 15 s after the last crash, then ever later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.claim import claim_next
from bellwork.db.ledger.quarantine import QUARANTINED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from bellwork.db.ledger.jobs import Claimed

#: Seconds until the first probe, each further one twice as many, up to the second number.
FIRST, LONGEST = 15, 300
#: Seconds until the next look for a job to try, where none was due.
NO_JOB = 5

_EXPECT = (
    b"""
INSERT INTO bellwork.probes (actor, next_at)
SELECT actor, max(at) + make_interval(secs => %(first)s) FROM bellwork.crashes
WHERE actor = ANY(%(actors)s) AND actor IN ("""
    + QUARANTINED
    + b""") GROUP BY actor ON CONFLICT DO NOTHING
"""
)
# One that is under way is left to its worker for as long as that one is registered.
_BEGIN = b"""
UPDATE bellwork.probes SET number = number + 1, worker_id = %(worker)s,
    next_at = now() + make_interval(secs => least(%(first)s * 2.0 ^ least(number + 1, 20), %(longest)s))
WHERE actor = (
    SELECT actor FROM bellwork.probes p WHERE actor = ANY(%(actors)s) AND next_at <= now()
        AND NOT EXISTS (SELECT FROM bellwork.workers w WHERE w.id = p.worker_id)
    ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING actor
"""
_PUT_OFF = b"""
UPDATE bellwork.probes SET number = number - 1, worker_id = NULL, next_at = now() + make_interval(secs => %s)
WHERE actor = %s
"""
# A worker that handed the job back unrun, or snoozed it, has shown nothing: then that attempt's row looks as before.
_RELEASE = b"""
WITH survived AS (
    DELETE FROM bellwork.probes WHERE actor = %(actor)s AND worker_id = %(worker)s AND NOT EXISTS (
        SELECT FROM bellwork.jobs WHERE id = %(id)s AND attempt = %(attempt)s AND retries = %(retries)s)
    RETURNING actor)
DELETE FROM bellwork.crashes WHERE actor IN (SELECT actor FROM survived)
"""
_GIVE_UP = b"UPDATE bellwork.probes SET worker_id = NULL WHERE actor = %s AND worker_id = %s"


def begin_probe(conn: Connection, worker: UUID, queues: Mapping[str, str]) -> Claimed | None:
    """Claim a job of one of these quarantined actors (with their queues) whose next probe is due; None where none is.

    Of several workers that ask at once, one gets it; the next probe of that actor is due twice as much later.
    """
    asked = {"worker": worker, "actors": list(queues), "first": FIRST, "longest": LONGEST}
    psycopg_of(conn).execute(_EXPECT, asked)
    found = psycopg_of(conn).execute(_BEGIN, asked).fetchone()
    if found is None:
        return None
    [actor] = found
    for job in claim_next(conn, worker, queues[actor], [actor], 1):
        return job
    psycopg_of(conn).execute(_PUT_OFF, (NO_JOB, actor))
    return None


def end_probe(conn: Connection, job: Claimed) -> bool:
    """Let the actor go free if the probe's job was run and its process lives; False where that showed nothing."""
    asked = {"actor": job.actor, "worker": job.worker_id, **job.held._asdict(), "retries": job.retries}
    freed = psycopg_of(conn).execute(_RELEASE, asked).rowcount > 0
    if not freed:
        psycopg_of(conn).execute(_GIVE_UP, (job.actor, job.worker_id))
    return freed


def prolong(conn: Connection, died: Sequence[UUID]) -> None:
    """Note that these workers died; what one of them was a probe of goes on being quarantined."""
    statement = (
        "UPDATE bellwork.crashes SET at = now()"
        " WHERE actor IN (SELECT actor FROM bellwork.probes WHERE worker_id = ANY(%s))"
    )
    psycopg_of(conn).execute(statement, (list(died),))
