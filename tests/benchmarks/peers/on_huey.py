"""The jobs on Huey: RedisHuey without results, two consumers of eight threads; it takes without acknowledging."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from huey import RedisHuey

from tests.benchmarks.peers import product

app = RedisHuey("bench", url=os.environ["REDIS_URL"], results=False)


@app.on_startup()
def up() -> None:
    """Say that this process is up."""
    product.announce()


@app.task()
def nothing(number: int) -> None:
    """Do nothing."""
    product.marked().done(number)


@app.task()
def advance(row: int, stage: int, stages: int) -> None:
    """Advance a row and commit, then enqueue the next stage."""
    product.advance(row, stage)
    if stage + 1 < stages:
        advance(row, stage + 1, stages)
    product.through(row, stage, stages)


@app.task()
def pick_up(number: int, sent: float) -> None:
    """Note how long it took until the job began."""
    product.marked().note(number, time.time() - sent)


def commands() -> list[list[str]]:
    """Start two consumers of eight threads, without the cron (`-n`) and without a line of log a job (`-q`)."""
    name = "tests.benchmarks.peers.on_huey.app"
    return [[sys.executable, "-m", "huey.bin.huey_consumer", name, "-w", "8", "-k", "thread", "-n", "-q"]] * 2


def prepare() -> None:
    """Need nothing."""


def send(job: str, calls: list[tuple[Any, ...]]) -> None:
    """Enqueue one task after the other."""
    task = {"nothing": nothing, "advance": advance, "pick_up": pick_up}[job]
    for arguments in calls:
        task(*arguments)


def left() -> int:
    """Count what is queued; what a worker has taken is nowhere but in its memory."""
    return int(app.pending_count())
