"""A job whose arguments do not fit one worker's actor may fit another's, of another release: it waits for that one.

Its due time is the end of its patience. Until then no claim takes it but that of a worker which has looked at its
arguments, so that workers which it does not fit do not claim it again and again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.claim import claim
from bellwork.db.ledger.reschedule import put_off

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from bellwork.db.ledger.jobs import Claimed, Held

#: Jobs that one look returns.
MOST = 100
#: More than these are not counted.
_MANY = 10_000

# The wait of this job that ends now is not begun anew. Whatever came in between (it ran and failed, its worker died, an
# operator put it back) has another number of attempts or another due time, and then all the patience again.
_NOTE = b"""
INSERT INTO bellwork.misfits AS m (job_id, attempt, until)
SELECT id, attempt, now() + make_interval(secs => %(patience)s) FROM bellwork.jobs
WHERE id = %(id)s AND attempt = %(attempt)s AND (extract(epoch FROM claimed_at) * 1000000)::int8 = %(since)s
ON CONFLICT (job_id) DO UPDATE SET attempt = excluded.attempt, until = excluded.until
    WHERE m.attempt <> excluded.attempt - 1
        OR m.until <> (SELECT j.run_at FROM bellwork.jobs j WHERE j.id = excluded.job_id)
"""
# What was cancelled, or is long over, is let go here.
_FORGET = b"""
DELETE FROM bellwork.misfits
WHERE (job_id = %(id)s AND attempt <= %(attempt)s) OR until < now() - interval '1 day'
"""
# In no order: the first hundred, which may fit no worker, must not hide the others. One that was claimed since, and is
# put off for another reason by now, keeps its due time.
_MISFITS = b"""bellwork.misfits m JOIN bellwork.jobs j ON j.id = m.job_id
WHERE j.state = 'available' AND j.attempt = m.attempt AND j.run_at = m.until"""
_WAITING = b"""
SELECT j.id, j.queue, j.actor, j.args FROM %b AND j.actor = ANY(%%(actors)s)
ORDER BY random() LIMIT %%(most)s
""" % (_MISFITS,)
# The job first, as whoever claims it does; one that is claimed meanwhile is left.
_KEEP = b"""
WITH waiting AS MATERIALIZED (
    SELECT j.id FROM %b AND j.id = ANY(%%(ids)s) AND m.until < now() + make_interval(secs => %%(patience)s / 2)
    ORDER BY j.id FOR UPDATE OF j SKIP LOCKED),
noted AS (
    UPDATE bellwork.misfits m SET until = now() + make_interval(secs => %%(patience)s)
    FROM waiting WHERE m.job_id = waiting.id RETURNING m.job_id, m.until)
UPDATE bellwork.jobs j SET run_at = noted.until FROM noted WHERE j.id = noted.job_id
""" % (_MISFITS,)
_BY_ACTOR = b"""
SELECT actor, count(*) AS waiting, min(id) AS example, extract(epoch FROM min(run_at) - now())::float8 AS left
FROM (SELECT j.actor::text AS actor, j.id, j.run_at FROM %b LIMIT %%s) found
GROUP BY actor ORDER BY waiting DESC, actor
""" % (_MISFITS,)
_DUE_NOW = b"""
UPDATE bellwork.jobs j SET run_at = now() WHERE id = %(id)s AND state = 'available'
    AND NOT EXISTS (SELECT FROM bellwork.queues q WHERE q.name = j.queue AND q.paused_at IS NOT NULL)
"""


class Misfit(NamedTuple):
    """A job that waits for a worker which its arguments fit."""

    id: int
    queue: str
    actor: str
    args: dict[str, Any]


class Misfits(NamedTuple):
    """The jobs of an actor that wait so: how many, the oldest one's id, and in how many seconds the first is dead."""

    actor: str
    waiting: int
    example: int
    left: float


def wait_for_fit(conn: Connection, attempt: Held, patience: float, error: dict[str, Any]) -> bool:
    """Hand a job back for a worker that its arguments fit, due in `patience` seconds, uncounted; keeps the error.

    False where it has just waited so long, or the lease was lost.
    """
    asked = {**attempt._asdict(), "patience": patience}
    if psycopg_of(conn).execute(_NOTE, asked).rowcount and put_off(conn, attempt, patience, [error]):
        return True
    psycopg_of(conn).execute(_FORGET, asked)
    return False


def list_misfits(conn: Connection, actors: Sequence[str]) -> list[Misfit]:
    """List some of the jobs of these actors that wait for a worker which their arguments fit, in no order."""
    asked = {"actors": list(actors), "most": MOST}
    return [Misfit(*row) for row in psycopg_of(conn).execute(_WAITING, asked).fetchall()]


def keep_waiting(conn: Connection, jobs: Sequence[int], patience: float) -> int:
    """Let jobs wait for `patience` seconds from now, of whose wait less than half is left; returns how many.

    For a worker that they fit and that cannot begin them now: as long as there is one, none of them is dead unrun.
    """
    asked = {"ids": list(jobs), "patience": patience}
    return psycopg_of(conn).execute(_KEEP, asked).rowcount


def count_misfits(conn: Connection) -> list[Misfits]:
    """Count the jobs that wait for a worker which their arguments fit, by actor, up to 10,000 of them."""
    return [Misfits(*row) for row in psycopg_of(conn).execute(_BY_ACTOR, (_MANY,)).fetchall()]


def claim_misfit(conn: Connection, worker: UUID, job: int, actors: Sequence[str]) -> Claimed | None:
    """Claim one of them, though it is not due, in one transaction; None where another has it or its queue is paused."""
    psycopg_of(conn).execute(_DUE_NOW, {"id": job})
    claimed = claim(conn, worker, [job], actors)
    if claimed:
        psycopg_of(conn).execute(_FORGET, claimed[0].held._asdict())
    return claimed[0] if claimed else None
