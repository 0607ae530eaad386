"""The benchmark's jobs on Bellwork: `dramatiq bellwork.workers.main` with WORK_MODULES=tests.benchmarks.ours."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import dramatiq

from bellwork.db.engine import psycopg_of, transaction
from bellwork.workers import job
from tests.benchmarks import marks, rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dramatiq.actor import Actor

LONG, SHORT = "bench_long", "bench_short"

_marks = marks.mine()


@dramatiq.actor(actor_name="bench.nothing", queue_name=LONG)
def nothing(number: int) -> None:
    """Do nothing; the job is finished after it returned."""
    _marks.done(number)


@dramatiq.actor(actor_name="bench.nothing_short", queue_name=SHORT, lane="short")
def nothing_short(number: int) -> None:
    """Do nothing, in the short lane."""
    _marks.done(number)


@dramatiq.actor(actor_name="bench.advance", queue_name=LONG)
def advance(row: int, stage: int, stages: int) -> None:
    """Advance a row, send the next stage and finish, in one commit of the job's own."""
    _advance(advance, row, stage, stages)


@dramatiq.actor(actor_name="bench.advance_short", queue_name=SHORT, lane="short")
def advance_short(row: int, stage: int, stages: int) -> None:
    """Do the same in the short lane: one commit for up to 50 jobs, a savepoint for each."""
    _advance(advance_short, row, stage, stages)


@dramatiq.actor(actor_name="bench.pick_up", queue_name=LONG)
def pick_up(number: int, sent: float) -> None:
    """Note how long it took until the job began."""
    _marks.note(number, time.time() - sent)


@dramatiq.actor(actor_name="bench.pick_up_short", queue_name=SHORT, lane="short")
def pick_up_short(number: int, sent: float) -> None:
    """Note the same in the short lane."""
    _marks.note(number, time.time() - sent)


@dramatiq.actor(actor_name="bench.due", queue_name=LONG)
def due(number: int) -> None:
    """Note when the job of a tick began."""
    _marks.note(number, time.time())


@dramatiq.actor(actor_name="bench.lesson", queue_name=LONG)
def lesson(seconds: float) -> None:
    """Take a while."""
    time.sleep(seconds)


@dramatiq.actor(actor_name="bench.draft", queue_name=LONG)
def draft(seconds: float) -> None:
    """Take a while, as a rule a shorter one."""
    time.sleep(seconds)


def send_all(actor: Actor[..., None], calls: Iterable[tuple[float, ...]]) -> None:
    """Send many jobs in one transaction."""
    with transaction():
        for arguments in calls:
            actor.send(*arguments)


def _advance(actor: Actor[..., None], row: int, stage: int, stages: int) -> None:
    with job.transaction() as conn:
        psycopg_of(conn).execute(rows.ADVANCE, (stage + 1, row, stage))
        if stage + 1 < stages:
            actor.send(row, stage + 1, stages)
    _marks.done(row * stages + stage)
