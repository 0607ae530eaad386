"""The same jobs on stock Dramatiq: a RedisBroker with its default middleware, in `tests.benchmarks.stock:broker`."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from psycopg_pool import ConnectionPool

from tests.benchmarks import rows

if TYPE_CHECKING:
    from dramatiq.actor import Actor

broker = RedisBroker(url=os.environ["REDIS_URL"])
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=0, max_size=8, kwargs={"autocommit": True}, open=True)


@dramatiq.actor(actor_name="bench.stage", queue_name="bench_stage", broker=broker)
def advance(row: int, stage: int) -> None:
    """Advance a row and commit, then send the next stage: two systems, no transaction around both."""
    with pool.connection() as conn:
        conn.execute(rows.ADVANCE, (stage + 1, row, stage))
    if stage + 1 < rows.STAGES:
        advance.send(row=row, stage=stage + 1)


@dramatiq.actor(actor_name="bench.nothing", queue_name="bench_nothing", broker=broker)
def nothing(number: int) -> None:
    """Do nothing."""


def pick_up(sent: float) -> None:
    """Note when the job began."""
    began = time.time()
    with pool.connection() as conn:
        conn.execute(rows.PICKED_UP, (sent, began))


pick_ups = [
    dramatiq.actor(actor_name=f"bench.pick_up_{n}", queue_name=f"bench_pick_up_{n}", broker=broker)(pick_up)
    for n in range(rows.PROBES)
]


def send_all(actor: Actor[..., None], calls: list[dict[str, int]]) -> None:
    """Send many messages, one after the other: stock Dramatiq has no other way."""
    for arguments in calls:
        actor.send(**arguments)
