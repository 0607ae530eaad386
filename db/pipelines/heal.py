"""What becomes of a disagreement: a row is given its job, a job is cancelled, and both are recorded as acts.

What is found is mended in the transaction that found it. A row's job has its unique key, so that of two who mend at
once one makes it. A job that nobody waits for is locked and looked at once more before it is cancelled: whoever has
just made a row wait for it has committed by then, and is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger import ChangedBy, NewJob, RefusedJob, cancel, enqueue, record_act, retry_finished
from bellwork.db.pipelines.disagreement import ENDED_JOB, NO_JOB
from bellwork.db.pipelines.jobs import look_at_jobs
from bellwork.db.vocabulary import PipelineError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from bellwork.db.pipelines.disagreement import Disagreement
    from bellwork.db.pipelines.statements import Look

_LOCK = b"SELECT bellwork.lock_jobs(%s::bigint[])"
#: The reason that a cancelled job keeps.
_REASON = "reconciled: no row waits for it"


class Healing(NamedTuple):
    """Who mends and why; with `retry`, jobs that are dead or were cancelled are put back for the rows that wait."""

    by: ChangedBy
    retry: bool


def give_jobs(conn: Connection, wrong: Sequence[Disagreement], healing: Healing) -> list[Disagreement]:
    """Give rows their jobs, by their unique keys, and put ended ones back; returns which got one.

    Raises PipelineError for a job that the ledger refuses.
    """
    lone = {each.key: each for each in wrong if each.kind == NO_JOB and each.key is not None}
    made: dict[int, Disagreement] = {}
    try:
        enqueue(conn, [_job(each, made) for each in lone.values()])
    except RefusedJob as refused:
        raise PipelineError(f"the pipeline {wrong[0].pipeline!r} has a job that is refused: {refused}") from refused
    ended = {each.job: each for each in wrong if each.kind == ENDED_JOB and each.job is not None}
    back = retry_finished(conn, list(ended)) if healing.retry and ended else []
    given = made | {id_: ended[id_] for id_ in back}
    _record(conn, given, healing.by, "available")
    keys = {each.key for each in made.values()}
    return [each for each in wrong if each.job in back or (each.kind == NO_JOB and each.key in keys)]


def cancel_jobs(conn: Connection, look: Look, wrong: Sequence[Disagreement], healing: Healing) -> list[Disagreement]:
    """Cancel jobs of one actor that are still wrong once they are locked; returns which were."""
    if not wrong:
        return []
    ids = [each.job for each in wrong]
    locked = [row[0] for row in psycopg_of(conn).execute(_LOCK, (ids,)).fetchall()]
    again = look_at_jobs(conn, look, wrong[0].actor, only=locked)
    still = {each.job: each for each in again.wrong if each.job is not None}
    cancelled = {id_: still[id_] for id_ in cancel(conn, list(still), f"{_REASON} ({healing.by.who})")}
    _record(conn, cancelled, healing.by, "cancelled")
    return list(cancelled.values())


def _job(each: Disagreement, made: dict[int, Disagreement]) -> NewJob:
    def told(id_: int | None) -> None:
        if id_ is not None:
            made[id_] = each

    return NewJob(each.actor, dict(each.args or {}), unique_key=each.key, told=told)


def _record(conn: Connection, jobs: Mapping[int, Disagreement], by: ChangedBy, state: str) -> None:
    if jobs:
        subject = f"job {next(iter(jobs))}" if len(jobs) == 1 else "jobs"
        before = {str(id_): each.said for id_, each in jobs.items()}
        record_act(conn, by, "reconcile", subject, before, dict.fromkeys(before, state))
