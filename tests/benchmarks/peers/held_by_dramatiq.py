"""The job that is interrupted, on stock Dramatiq: two masters of one process each; a master ends with its worker."""

from __future__ import annotations

import os
import sys
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from tests.benchmarks import held
from tests.benchmarks.peers import product

QUEUE = "bench_held"

broker = RedisBroker(url=os.environ["REDIS_URL"])


@dramatiq.actor(queue_name=QUEUE, broker=broker)
def hold(number: int) -> None:
    """Hold a thread until let go."""
    held.hold(product.marked(), number)


def commands() -> list[list[str]]:
    """Start two masters of eight threads."""
    name = "tests.benchmarks.peers.held_by_dramatiq:broker"
    return [[sys.executable, "-m", "dramatiq", name, "--processes", "1", "--threads", "8", "--queues", QUEUE]] * 2


def prepare() -> None:
    """Need nothing."""


def send(_: str, calls: list[tuple[Any, ...]]) -> None:
    """Send one message after the other."""
    for arguments in calls:
        hold.send(*arguments)


def left() -> int:
    """Count the messages that nobody has acknowledged."""
    return int(broker.client.hlen(f"dramatiq:{QUEUE}.msgs"))
