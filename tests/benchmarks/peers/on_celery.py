"""The jobs on Celery: Redis as the broker, no results, two workers with a pool of eight threads each."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from tests.benchmarks.peers import product

QUEUE = "bench_celery"


def _broker(url: str) -> str:
    """Spell the address of a unix socket as Celery wants it."""
    path, _, number = url.removeprefix("unix://").partition("?db=")
    return f"redis+socket://{path}?virtual_host={number or 0}" if url.startswith("unix://") else url


app = Celery("bench", broker=_broker(os.environ["REDIS_URL"]))
app.conf.update(task_ignore_result=True, task_default_queue=QUEUE)


@worker_ready.connect
def up(**_: Any) -> None:
    """Say that this process is up."""
    product.announce()


@app.task(name="nothing")
def nothing(number: int) -> None:
    """Do nothing."""
    product.marked().done(number)


@app.task(name="advance")
def advance(row: int, stage: int, stages: int) -> None:
    """Advance a row and commit, then send the next stage."""
    product.advance(row, stage)
    if stage + 1 < stages:
        advance.delay(row, stage + 1, stages)
    product.through(row, stage, stages)


@app.task(name="pick_up")
def pick_up(number: int, sent: float) -> None:
    """Note how long it took until the job began."""
    product.marked().note(number, time.time() - sent)


def commands() -> list[list[str]]:
    """Start two workers of eight threads; mingling would only delay their start."""
    words = ["-m", "celery", "-A", "tests.benchmarks.peers.on_celery", "worker", "-P", "threads", "-c", "8"]
    return [[sys.executable, *words, "--without-mingle", "-n", f"{name}@%h"] for name in ("one", "two")]


def prepare() -> None:
    """Need nothing."""


def send(job: str, calls: list[tuple[Any, ...]]) -> None:
    """Send one message after the other."""
    task = app.tasks[job]
    for arguments in calls:
        task.delay(*arguments)


def left() -> int:
    """Count what is queued and what a worker has taken without acknowledging it yet."""
    with app.connection_for_read() as connection:
        client = connection.default_channel.client
        return int(client.llen(QUEUE)) + int(client.hlen("unacked"))
