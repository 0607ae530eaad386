"""Committed means it will run, rolled back means it never does: jobs are inserted in the caller's transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from psycopg import errors

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.as_caller import enqueue_as_caller, forget_rights, is_restricted
from bellwork.db.ledger.jobs import Claimed, Due
from bellwork.db.refusal import refused, written

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from bellwork.db.ledger.jobs import NewJob

#: One statement takes so many jobs or bytes of JSON at most: 5,000 jobs of 60 KB in one came to 1.2 GB and a time-out.
PIECE_JOBS, PIECE_BYTES = 5_000, 8_000_000
#: So many are written and checked together; of the largest ones, less than a piece.
_AT_ONCE = 100
# All jobs are one document: each value bound by itself would cost the client as much as the statement. Queue and
# priority default to the actor's own.
_INSERT = b"""
INSERT INTO bellwork.jobs AS j
    (actor, args, queue, priority, run_at, unique_key, options, state, attempt, worker_id, claimed_at)
SELECT n.actor, n.args, coalesce(n.queue, (SELECT a.queue FROM bellwork.actors a WHERE a.name = n.actor), 'default'),
       coalesce(n.priority, (SELECT a.priority FROM bellwork.actors a WHERE a.name = n.actor), 0),
       coalesce(n.run_at, now() + make_interval(secs => n.delay), now()), n.unique_key, n.options,
       CASE WHEN n.claim > 0 THEN 'running'::bellwork.job_state ELSE 'available'::bellwork.job_state END,
       coalesce(n.claim, 0), CASE WHEN n.claim > 0 THEN %(worker)s::uuid END, CASE WHEN n.claim > 0 THEN now() END
FROM jsonb_to_recordset(%(jobs)s::jsonb) AS n(
    actor text, args jsonb, queue text, priority int, run_at timestamptz, delay float8, unique_key text, options jsonb,
    claim int)
ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
RETURNING j.state = 'running', j.run_at <= now(), j.id, j.queue, j.priority,
          (extract(epoch FROM j.run_at) * 1000000)::int8, j.actor,
          CASE WHEN j.state = 'running' THEN j.args END, CASE WHEN j.state = 'running' THEN j.options END,
          (extract(epoch FROM j.claimed_at) * 1000000)::int8, j.unique_key
"""
# Whose data jobs carry is read by the paths that their sender declares, by those that workers registered where it does
# not know the actor. Apart, for each column of a document costs time, even where no job has it.
_INSERT_LABELLED = (
    _INSERT.replace(b"worker_id, claimed_at)", b"worker_id, claimed_at, subject, tenant)")
    .replace(
        b"THEN now() END\nFROM",
        b"""THEN now() END,
       n.args #>> CASE WHEN n.queue IS NULL OR n.ask
           THEN (SELECT a.subject FROM bellwork.actors a WHERE a.name = n.actor) ELSE n.subject END,
       n.args #>> CASE WHEN n.queue IS NULL OR n.ask
           THEN (SELECT a.tenant FROM bellwork.actors a WHERE a.name = n.actor) ELSE n.tenant END
FROM""",
    )
    .replace(b"claim int)", b"claim int, ask boolean, subject text[], tenant text[])")
)
# With keys that are unique among waiting jobs: beside the new jobs it returns those of the keys that a job holds. That
# job is locked, so that it is not claimed before this transaction has ended. The ARRAY() is filled before a key is
# looked for: the jobs are inserted by then.
_INSERT_WAITING = b"""
WITH inserted AS (%b)
SELECT * FROM inserted
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, key FROM unnest(%%(keys)s::text[]) AS key
WHERE CASE WHEN key = ANY(ARRAY(SELECT unique_key FROM inserted)) THEN false
           ELSE bellwork.hold_waiting(key) IS NOT NULL END
""" % _INSERT_LABELLED.replace(
    b"n.unique_key, n.options,",
    b"n.unique_key,"
    b" CASE n.unique_while WHEN 'waiting' THEN n.options || jsonb_build_object('waiting_key', n.unique_key)"
    b" ELSE n.options END,",
).replace(b"claim int,", b"claim int, unique_while text,")


def enqueue(conn: Connection, jobs: Sequence[NewJob]) -> list[Due]:
    """Insert the jobs, in one statement unless they are thousands, and return those that are due now.

    A job whose `unique_key` an unfinished job already carries is left out silently; with `waiting`, one whose key a job
    carries that waits, and that one is not claimed before this transaction has ended. Raises RefusedJob for anything
    the ledger's rules refuse (arguments over 64 KiB or not JSON, run_at out of reach, a bad queue name) and for what
    the session's role may not enqueue: before a statement is made where `refusal` knows the rule, and else in
    PostgreSQL, which voids the transaction.
    """
    return enqueue_and_claim(conn, jobs, (), None)[0]


def enqueue_and_claim(
    conn: Connection, jobs: Sequence[NewJob], ours: Sequence[NewJob], worker: UUID | None
) -> tuple[list[Due], list[Claimed]]:
    """Enqueue, and claim `ours` among the jobs for a worker at their birth: the claim costs no statement of its own.

    Returns those that are due and free, and those that are claimed. Whether a queue was paused is not looked at:
    what claims this way goes on with what it began.
    """
    chosen = {id(job) for job in ours if not job.waiting}
    driver = psycopg_of(conn)
    rows: list[Any] = []
    try:
        if is_restricted(conn):
            anywhere = [replace(job, queue=None) for job in jobs]
            found = [new for piece in _pieces(anywhere, ()) for new in enqueue_as_caller(conn, piece)]
            _tell_caller(jobs, [job.id for _, job in found])
            return [job for is_due, job in found if is_due], []
        if any(job.waiting for job in jobs):
            rows = _inserted_or_held(conn, jobs, chosen, worker)
        else:
            statement = _INSERT_LABELLED if any(_may_be_labelled(job) for job in jobs) else _INSERT
            for piece in _pieces(jobs, chosen):
                rows += driver.execute(statement, {"jobs": piece, "worker": worker}).fetchall()
    except (errors.CheckViolation, errors.DataError, errors.ProgramLimitExceeded) as error:
        raise refused(jobs, str(error).splitlines()[0]) from error
    except errors.InsufficientPrivilege as error:
        forget_rights(conn)
        raise refused(jobs, str(error).splitlines()[0]) from error
    due = [Due._make(row[2:6]) for row in rows if row[1] and not row[0]]
    claimed = [_claimed(row, worker) for row in rows if row[0]] if worker is not None else []
    _tell(jobs, {row[-1]: row[2] for row in rows}, [row[2] for row in rows if row[-1] is None])
    return due, claimed


def _may_be_labelled(job: NewJob) -> bool:
    return not job.declared or job.subject is not None or job.tenant is not None


def _claimed(row: Any, worker: UUID) -> Claimed:
    _, _, id_, queue, priority, _, actor, args, options, since, _ = row
    return Claimed(id_, queue, actor, args, options, priority, 1, 0, 0, 0.0, worker, since)


def _inserted_or_held(
    conn: Connection, jobs: Sequence[NewJob], chosen: Collection[int], worker: UUID | None
) -> list[Any]:
    """Insert the jobs and return their rows; again those whose key was held, and is free now that it is looked at."""
    keys = {job.unique_key for job in jobs if job.waiting and job.unique_key}
    rows: list[Any] = []
    while jobs:
        for piece in _pieces(jobs, chosen):
            asked = {"jobs": piece, "worker": worker, "keys": sorted(keys)}
            found = psycopg_of(conn).execute(_INSERT_WAITING, asked).fetchall()
            rows += [row for row in found if row[2] is not None]
            keys -= {row[-1] for row in found}
        jobs = [job for job in jobs if job.waiting and job.unique_key in keys]
    return rows


def _tell(jobs: Sequence[NewJob], keyed: dict[str, int], plain: list[int]) -> None:
    """Tell each job its id: those without a key are inserted in their order, of a key only the first is."""
    ids = iter(plain)
    for job in jobs:
        new = next(ids) if job.unique_key is None else keyed.pop(job.unique_key, None)
        if job.told:
            job.told(new)


def _tell_caller(jobs: Sequence[NewJob], new: list[int]) -> None:
    """Tell a restricted role's jobs their ids, which come in their order and without keys.

    Where some of several keys were taken, or several are unique among waiting jobs, it is unknown which is whose: then
    none is told.
    """
    if len(jobs) > 1 and any(job.waiting for job in jobs):
        return
    plain = [job for job in jobs if job.unique_key is None]
    first = {job.unique_key: job for job in reversed(jobs) if job.unique_key is not None}
    taken = len(plain) + len(first) - len(new)
    if not taken:
        inserted = [job for job in jobs if job.unique_key is None or first[job.unique_key] is job]
        ids = dict(zip(map(id, inserted), new, strict=True))
        _tell(jobs, {key: ids[id(job)] for key, job in first.items()}, [ids[id(job)] for job in plain])
    elif taken == len(first):
        _tell(jobs, {}, new)


def _pieces(jobs: Sequence[NewJob], chosen: Collection[int]) -> Iterator[str]:
    """Write the jobs as documents that PostgreSQL inserts within seconds; most often as one."""
    piece: list[str] = []
    for begin in range(0, len(jobs), _AT_ONCE):
        some = written(jobs[begin : begin + _AT_ONCE], chosen)
        if piece and (len(piece) * _AT_ONCE >= PIECE_JOBS or sum(map(len, piece)) + len(some) > PIECE_BYTES):
            yield f"[{','.join(piece)}]"
            piece = []
        piece.append(some)
    if piece:
        yield f"[{','.join(piece)}]"
