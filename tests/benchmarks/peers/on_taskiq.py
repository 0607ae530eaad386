"""The jobs on Taskiq: a RedisStreamBroker that acknowledges, two processes of up to eight tasks at once, uvloop."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import Any

from taskiq import TaskiqEvents
from taskiq_redis import RedisStreamBroker

from tests.benchmarks.peers import product

QUEUE = "bench_taskiq"

broker = RedisStreamBroker(os.environ["REDIS_URL"], queue_name=QUEUE)
_runner = asyncio.Runner()


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def up(_: Any) -> None:
    """Open the pool and say that this process is up."""
    await product.async_pool().open()
    product.announce()


@broker.task("nothing")
async def nothing(number: int) -> None:
    """Do nothing."""
    product.marked().done(number)


@broker.task("advance")
async def advance(row: int, stage: int, stages: int) -> None:
    """Advance a row and commit, then send the next stage."""
    await product.async_advance(row, stage)
    if stage + 1 < stages:
        await advance.kiq(row, stage + 1, stages)
    product.through(row, stage, stages)


@broker.task("pick_up")
async def pick_up(number: int, sent: float) -> None:
    """Note how long it took until the job began."""
    product.marked().note(number, time.time() - sent)


def commands() -> list[list[str]]:
    """Start one master with two processes, without a line of log a job."""
    words = ["tests.benchmarks.peers.on_taskiq:broker", "-w", "2", "--max-async-tasks", "8", "--log-level", "WARNING"]
    return [[sys.executable, "-m", "taskiq", "worker", *words]]


def prepare() -> None:
    """Need nothing: a worker makes the stream when it starts."""


def send(job: str, calls: list[tuple[Any, ...]]) -> None:
    """Send one message after the other."""
    _runner.run(_send({"nothing": nothing, "advance": advance, "pick_up": pick_up}[job], calls))


def left() -> int:
    """Count the messages of the stream that were not delivered or not acknowledged."""
    return _runner.run(_left())


async def _send(task: Any, calls: list[tuple[Any, ...]]) -> None:
    for arguments in calls:
        await task.kiq(*arguments)


async def _left() -> int:
    client = _client()
    if not await client.exists(QUEUE):
        return 0
    groups = await client.xinfo_groups(QUEUE)
    return sum(int(group["pending"]) + int(group["lag"] or 0) for group in groups)


def _client() -> Any:
    from redis.asyncio import Redis  # noqa: PLC0415 - a worker needs none

    return Redis(connection_pool=broker.connection_pool)
