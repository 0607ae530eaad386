"""A lease that ran out does not tell how its worker ended; the heartbeat beside that worker may tell it afterwards.

What is rescued because of a lease counts as lost, with a note that names the worker. A heartbeat that was late, for it
was still starting or its machine was busy, finds the notes of its own master's workers: where the process is gone and
the master lives, the worker died alone, and each loss becomes the crash that it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.quarantine import record_crashes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

#: Minutes that a note is kept; a heartbeat that is late by more than that is not waited for.
KEPT = 10

_NOTE = b"""
INSERT INTO bellwork.losses (job_id, worker_id, master_id, pid, process_started)
SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::uuid[], %s::integer[], %s::float8[])
ON CONFLICT DO NOTHING
"""
_TOO_OLD = b"DELETE FROM bellwork.losses WHERE at < now() - interval '%d minutes'" % KEPT
# A row that a live transaction holds is left, with its note, for the next round.
_CHARGE = b"""
WITH noted AS (
    SELECT job_id, worker_id, count(*) OVER (PARTITION BY worker_id) = 1 AS alone
    FROM bellwork.losses WHERE worker_id = ANY(%s)),
free AS (
    SELECT id FROM bellwork.jobs WHERE id = ANY (ARRAY(SELECT job_id FROM noted)) AND lost > 0
    ORDER BY id + 0 FOR UPDATE SKIP LOCKED)
UPDATE bellwork.jobs j SET lost = lost - 1, crashes = crashes + 1
FROM noted WHERE j.id = noted.job_id AND j.id = ANY (ARRAY(SELECT id FROM free))
RETURNING j.id, noted.alone
"""
_SETTLED = b"""
DELETE FROM bellwork.losses l WHERE worker_id = ANY(%s) AND (job_id = ANY(%s) OR NOT EXISTS (
    SELECT FROM bellwork.jobs j WHERE j.id = l.job_id AND j.lost > 0))
"""


class Silent(NamedTuple):
    """A worker whose lease ran out; of an older release's, only the id is known."""

    id: UUID
    master: UUID | None
    pid: int
    started: float | None


def note_losses(conn: Connection, silent: Sequence[Silent], rescued: Sequence[tuple[int, UUID]]) -> None:
    """Note which workers had the (job, worker) pairs that were rescued, where a heartbeat may tell how they ended."""
    known = {worker.id: worker for worker in silent if worker.master is not None}
    notes = [(job, *known[worker]) for job, worker in rescued if worker in known]
    if notes:
        psycopg_of(conn).execute(_TOO_OLD)
        psycopg_of(conn).execute(_NOTE, [list(column) for column in zip(*notes, strict=True)])


def charge_losses(conn: Connection, died: Sequence[UUID]) -> None:
    """Count as crashes what was lost with these workers, which are known to have died alone.

    A job that a transaction holds is left, and with it its note: ask again.
    """
    charged = psycopg_of(conn).execute(_CHARGE, (list(died),)).fetchall()
    psycopg_of(conn).execute(_SETTLED, (list(died), [job for job, _ in charged]))
    if alone := [job for job, was_alone in charged if was_alone]:
        record_crashes(conn, alone)


def forget_losses(conn: Connection, workers: Sequence[UUID]) -> None:
    """Leave lost what was lost with these workers: they did not die, or for a reason of their own."""
    psycopg_of(conn).execute("DELETE FROM bellwork.losses WHERE worker_id = ANY(%s)", (list(workers),))
