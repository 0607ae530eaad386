"""Stock Dramatiq in this process, for what a send costs: a RedisBroker with its default middleware."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from psycopg_pool import ConnectionPool

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dramatiq.actor import Actor

broker = RedisBroker(url=os.environ["REDIS_URL"])
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=0, max_size=8, kwargs={"autocommit": True}, open=True)


@dramatiq.actor(actor_name="bench.nothing", queue_name="bench", broker=broker)
def nothing(number: int) -> None:
    """Do nothing; nobody runs it here."""


def send_all(actor: Actor[..., None], calls: Iterable[tuple[float, ...]]) -> None:
    """Send many messages, one after the other: stock Dramatiq has no other way."""
    for arguments in calls:
        actor.send(*arguments)


def unfinished() -> int:
    """Count the messages that nobody has acknowledged."""
    return int(broker.client.hlen("dramatiq:bench.msgs"))
