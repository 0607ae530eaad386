"""The jobs on stock Dramatiq: a RedisBroker with its default middleware and prefetch, `dramatiq -p 2 -t 8`."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from tests.benchmarks.peers import product

QUEUE = "bench"

broker = RedisBroker(url=os.environ["REDIS_URL"])


@dramatiq.actor(queue_name=QUEUE, broker=broker)
def nothing(number: int) -> None:
    """Do nothing."""
    product.marked().done(number)


@dramatiq.actor(queue_name=QUEUE, broker=broker)
def advance(row: int, stage: int, stages: int) -> None:
    """Advance a row and commit, then send the next stage: two systems, no transaction around both."""
    product.advance(row, stage)
    if stage + 1 < stages:
        advance.send(row, stage + 1, stages)
    product.through(row, stage, stages)


@dramatiq.actor(queue_name=QUEUE, broker=broker)
def pick_up(number: int, sent: float) -> None:
    """Note how long it took until the job began."""
    product.marked().note(number, time.time() - sent)


def commands() -> list[list[str]]:
    """Start one master with two processes of eight threads."""
    name = "tests.benchmarks.peers.on_dramatiq:broker"
    return [[sys.executable, "-m", "dramatiq", name, "--processes", "2", "--threads", "8", "--queues", QUEUE]]


def prepare() -> None:
    """Need nothing."""


def send(job: str, calls: list[tuple[Any, ...]]) -> None:
    """Send one message after the other: stock Dramatiq has no other way."""
    actor = broker.get_actor(job)
    for arguments in calls:
        actor.send(*arguments)


def left() -> int:
    """Count the messages that nobody has acknowledged."""
    return int(broker.client.hlen(f"dramatiq:{QUEUE}.msgs"))
