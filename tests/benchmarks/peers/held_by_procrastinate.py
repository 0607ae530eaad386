"""The job that is interrupted, on Procrastinate: two workers, and the periodic task that its documentation gives."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import psycopg

from tests.benchmarks import held
from tests.benchmarks.peers import on_procrastinate, product

if TYPE_CHECKING:
    from procrastinate import JobContext

QUEUE = "bench_held"

app = on_procrastinate.app


@app.task(name="hold", queue=QUEUE)
async def hold(number: int) -> None:
    """Hold a task until let go."""
    await held.hold_async(product.marked(), number)


@app.periodic(cron="*/10 * * * *")
@app.task(name="retry_stalled", queue=QUEUE, queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Retry, every tenth minute, the jobs of workers that were silent for 30 seconds."""
    del timestamp
    for job in await context.app.job_manager.get_stalled_jobs():
        await context.app.job_manager.retry_job(job)


def commands() -> list[list[str]]:
    """Start two workers of eight tasks at once."""
    words = ["--app", "tests.benchmarks.peers.held_by_procrastinate.app", "--log-level", "warning"]
    return [[sys.executable, "-m", "procrastinate", *words, "worker", "-c", "8", "-q", QUEUE]] * 2


def prepare() -> None:
    """Make Procrastinate's tables, unless they are there."""
    on_procrastinate.prepare()


def send(_: str, calls: list[tuple[Any, ...]]) -> None:
    """Defer one job after the other, so that both workers get some."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as conn:
        for (number,) in calls:
            hold.configure(connection=conn).defer(number=number)


def left() -> int:
    """Count the jobs that wait or run."""
    return on_procrastinate.left()
