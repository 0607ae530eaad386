"""The jobs on Procrastinate: async tasks, two workers of eight at once; the rows of finished jobs stay, its default."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector

from tests.benchmarks import rows
from tests.benchmarks.peers import product

_BULK = 1000


async def _up(_: Any) -> None:
    """Open the product's pool with the first connection of a worker, and say that this process is up."""
    await product.async_pool().open()
    product.announce()


app = App(connector=PsycopgConnector(conninfo=os.environ["DATABASE_URL"], configure=_up))


@app.task(name="nothing")
async def nothing(number: int) -> None:
    """Do nothing."""
    product.marked().done(number)


@app.task(name="advance")
async def advance(row: int, stage: int, stages: int) -> None:
    """Advance a row and defer the next stage in the row's transaction."""
    if stage + 1 < stages:
        async with product.async_pool().connection() as conn, conn.transaction():
            await conn.execute(rows.ADVANCE, (stage + 1, row, stage))
            await advance.configure(connection=conn).defer_async(row=row, stage=stage + 1, stages=stages)
    else:
        await product.async_advance(row, stage)
    product.through(row, stage, stages)


@app.task(name="pick_up")
async def pick_up(number: int, sent: float) -> None:
    """Note how long it took until the job began."""
    product.marked().note(number, time.time() - sent)


def commands() -> list[list[str]]:
    """Start two workers of eight tasks at once, without a line of log a job."""
    words = ["--app", "tests.benchmarks.peers.on_procrastinate.app", "--log-level", "warning", "worker", "-c", "8"]
    return [[sys.executable, "-m", "procrastinate", *words]] * 2


def prepare() -> None:
    """Make Procrastinate's tables, unless they are there."""
    app.open()
    if not app.check_connection():
        app.schema_manager.apply_schema()


def send(job: str, calls: list[tuple[Any, ...]]) -> None:
    """Defer one job alone, many by the thousand."""
    names = {"nothing": ("number",), "advance": ("row", "stage", "stages"), "pick_up": ("number", "sent")}[job]
    jobs: list[dict[str, Any]] = [dict(zip(names, arguments, strict=True)) for arguments in calls]
    for start in range(0, len(jobs), _BULK):
        app.tasks[job].batch_defer(*jobs[start : start + _BULK])


def left() -> int:
    """Count the jobs that wait or run."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        question = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
        row = conn.execute(question).fetchone()
    return int(row[0]) if row else 0
