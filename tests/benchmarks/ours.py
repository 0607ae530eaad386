"""The benchmark's jobs on Bellwork: `dramatiq workers.main` with WORK_MODULES=tests.benchmarks.ours."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import dramatiq

from db.engine import psycopg_of, transaction
from tests.benchmarks import rows
from workers import job

if TYPE_CHECKING:
    from dramatiq.actor import Actor


@dramatiq.actor(actor_name="bench.long", queue_name="bench_long")
def long_stage(row: int, stage: int) -> None:
    """Advance a row, send the next stage and finish, in one commit of the job's own."""
    _advance(long_stage, row, stage)


@dramatiq.actor(actor_name="bench.short", queue_name="bench_short", lane="short")
def short_stage(row: int, stage: int) -> None:
    """Do the same in the short lane: one commit for up to 50 jobs, a savepoint for each."""
    _advance(short_stage, row, stage)


@dramatiq.actor(actor_name="bench.nothing", queue_name="bench_nothing")
def nothing(number: int) -> None:
    """Do nothing; the job is finished after it returned."""


@dramatiq.actor(actor_name="bench.nothing_short", queue_name="bench_nothing_short", lane="short")
def nothing_short(number: int) -> None:
    """Do nothing, in the short lane."""


def pick_up(sent: float) -> None:
    """Note when the job began."""
    began = time.time()
    with job.transaction() as conn:
        psycopg_of(conn).execute(rows.PICKED_UP, (sent, began))


#: An actor and a queue for each probe, so that every probe after an idle spell meets a queue that was idle.
pick_ups = [
    dramatiq.actor(actor_name=f"bench.pick_up_{n}", queue_name=f"bench_pick_up_{n}")(pick_up)
    for n in range(rows.PROBES)
]


def send_all(actor: Actor[..., None], calls: list[dict[str, int]]) -> None:
    """Send many jobs in one transaction."""
    with transaction():
        for arguments in calls:
            actor.send(**arguments)


def _advance(actor: Actor[..., None], row: int, stage: int) -> None:
    with job.transaction() as conn:
        psycopg_of(conn).execute(rows.ADVANCE, (stage + 1, row, stage))
        if stage + 1 < rows.STAGES:
            actor.send(row=row, stage=stage + 1)
