"""Committed means it will run, rolled back means it never does: jobs are inserted in the caller's transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from psycopg import errors

from db.engine import psycopg_of
from db.ledger.jobs import Due

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from db.ledger.jobs import NewJob

_INSERT = b"""
INSERT INTO bellwork.jobs AS j (actor, args, queue, priority, run_at, unique_key, options)
SELECT n.actor, n.args, coalesce(n.queue, a.queue, 'default'), coalesce(n.priority, a.priority, 0),
       coalesce(n.run_at, now() + make_interval(secs => n.delay)), n.unique_key, n.options
FROM unnest(%s::text[], %s::jsonb[], %s::text[], %s::int[], %s::timestamptz[], %s::float8[], %s::text[], %s::jsonb[])
     AS n(actor, args, queue, priority, run_at, delay, unique_key, options)
LEFT JOIN bellwork.actors a ON a.name = n.actor
ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
RETURNING j.id, j.queue, j.priority, (extract(epoch FROM j.run_at) * 1000)::int8, j.run_at <= now()
"""


class RefusedJob(ValueError):  # noqa: N818 - the word says what happened
    """A job the ledger does not take; the message says what was given and what is allowed."""


def enqueue(conn: Connection, jobs: Sequence[NewJob]) -> list[Due]:
    """Insert the jobs in one statement and return those that are due now.

    A job whose `unique_key` an unfinished job already carries is left out silently. Raises RefusedJob for anything
    the ledger's own constraints refuse (arguments over 64 KiB or not JSON, run_at out of reach, a bad queue name); the
    caller's transaction is then void.
    """
    columns = (
        [job.actor for job in jobs],
        [_json(job, job.args) for job in jobs],
        [job.queue for job in jobs],
        [job.priority for job in jobs],
        [job.run_at for job in jobs],
        [float(job.delay) for job in jobs],
        [job.unique_key for job in jobs],
        [_json(job, job.options) for job in jobs],
    )
    try:
        rows = psycopg_of(conn).execute(_INSERT, columns).fetchall()
    except (errors.CheckViolation, errors.DataError, errors.ProgramLimitExceeded, UnicodeEncodeError) as error:
        actors = ", ".join(sorted({repr(job.actor) for job in jobs})[:5])
        msg = f"the ledger refuses a job for {actors}: {str(error).splitlines()[0]}"
        raise RefusedJob(msg) from error
    return [Due(*row[:4]) for row in rows if row[4]]


def _json(job: NewJob, value: dict[str, Any]) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        msg = f"the ledger refuses a job for {job.actor!r}: {error}; arguments and options have to be JSON"
        raise RefusedJob(msg) from error
