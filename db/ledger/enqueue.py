"""Committed means it will run, rolled back means it never does: jobs are inserted in the caller's transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from psycopg import errors

from db.engine import psycopg_of
from db.ledger.jobs import Claimed, Due

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from db.ledger.jobs import NewJob

# All jobs are one document: each value bound by itself would cost the client as much as the statement. Queue and
# priority default to the actor's own.
_INSERT = b"""
INSERT INTO bellwork.jobs AS j
    (actor, args, queue, priority, run_at, unique_key, options, state, attempt, worker_id, claimed_at)
SELECT n.actor, n.args, coalesce(n.queue, (SELECT a.queue FROM bellwork.actors a WHERE a.name = n.actor), 'default'),
       coalesce(n.priority, (SELECT a.priority FROM bellwork.actors a WHERE a.name = n.actor), 0),
       coalesce(n.run_at, now() + make_interval(secs => n.delay)), n.unique_key, n.options,
       n.state, n.claim, CASE WHEN n.claim > 0 THEN %(worker)s::uuid END, CASE WHEN n.claim > 0 THEN now() END
FROM jsonb_to_recordset(%(jobs)s::jsonb) AS n(
    actor text, args jsonb, queue text, priority int, run_at timestamptz, delay float8, unique_key text, options jsonb,
    state bellwork.job_state, claim int)
ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
RETURNING j.state = 'running', j.run_at <= now(), j.id, j.queue, j.priority,
          (extract(epoch FROM j.run_at) * 1000000)::int8, j.actor,
          CASE WHEN j.state = 'running' THEN j.args END, CASE WHEN j.state = 'running' THEN j.options END,
          (extract(epoch FROM j.claimed_at) * 1000000)::int8
"""


class RefusedJob(ValueError):  # noqa: N818 - the word says what happened
    """A job the ledger does not take; the message says what was given and what is allowed."""


def enqueue(conn: Connection, jobs: Sequence[NewJob]) -> list[Due]:
    """Insert the jobs in one statement and return those that are due now.

    A job whose `unique_key` an unfinished job already carries is left out silently. Raises RefusedJob for anything
    the ledger's own constraints refuse (arguments over 64 KiB or not JSON, run_at out of reach, a bad queue name); the
    caller's transaction is then void.
    """
    return enqueue_and_claim(conn, jobs, (), None)[0]


def enqueue_and_claim(
    conn: Connection, jobs: Sequence[NewJob], ours: Sequence[NewJob], worker: UUID | None
) -> tuple[list[Due], list[Claimed]]:
    """Enqueue, and claim `ours` among the jobs for a worker at their birth: the claim costs no statement of its own.

    Returns those that are due and free, and those that are claimed. A queue that was paused is not looked at: who
    claims this way goes on with what it began.
    """
    chosen = {id(job) for job in ours}
    try:
        document = json.dumps([_described(job, claim=id(job) in chosen) for job in jobs])
        rows = psycopg_of(conn).execute(_INSERT, {"jobs": document, "worker": worker}).fetchall()
    except (TypeError, ValueError, RecursionError) as error:
        raise _refused(jobs, f"{error}; arguments and options have to be JSON") from error
    except (errors.CheckViolation, errors.DataError, errors.ProgramLimitExceeded) as error:
        raise _refused(jobs, str(error).splitlines()[0]) from error
    due = [Due(*row[2:6]) for row in rows if row[1] and not row[0]]
    claimed = [
        Claimed(id_, queue, actor, args, options, priority, 1, 0, 0, 0.0, worker, since)
        for running, _, id_, queue, priority, _, actor, args, options, since in rows
        if running and worker
    ]
    return due, claimed


def _described(job: NewJob, *, claim: bool) -> dict[str, Any]:
    return {
        "actor": job.actor,
        "args": job.args,
        "queue": job.queue,
        "priority": job.priority,
        "run_at": job.run_at and job.run_at.isoformat(),
        "delay": job.delay,
        "unique_key": job.unique_key,
        "options": job.options,
        "state": "running" if claim else "available",
        "claim": int(claim),
    }


def _refused(jobs: Sequence[NewJob], reason: str) -> RefusedJob:
    actors = ", ".join(sorted({repr(job.actor) for job in jobs})[:5])
    return RefusedJob(f"the ledger refuses a job for {actors}: {reason}")
