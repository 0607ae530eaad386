"""Dramatiq's own worker, inside the test's process, for the queues of the test alone."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

import dramatiq
from psycopg import OperationalError

from bellwork.db import redis_client
from bellwork.db.engine import opened
from bellwork.workers import broker, consumer
from bellwork.workers.in_flight import InFlight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.db.ledger import Claimed
    from bellwork.workers.attempt import Attempt


@contextmanager
def working(*queues: str, threads: int = 4) -> Iterator[dramatiq.Worker]:
    """Run a worker for the length of the block; it listens in shorter breaths, so that it stops sooner."""
    middleware = list(broker.middleware)
    worker = dramatiq.Worker(broker, queues=set(queues), worker_timeout=50, worker_threads=threads)
    with patch.object(consumer, "LISTEN", 0.1), patch.multiple(broker.capacity, _speed=0.0, _released=0):
        worker.start()
        try:
            yield worker
        finally:
            if not broker.capacity.closed:
                worker.stop()
            # Each dramatiq.Worker leaves a middleware behind that would start consumers for later queues.
            broker.middleware[:] = middleware
            broker.consumers.clear()


@contextmanager
def patient_with_redis() -> Iterator[None]:
    """Let clients of Redis that are made in the block wait for a minute: a busy machine is no Redis that is away."""
    with patch.multiple(redis_client, SOON=60.0, LATE=60.0):
        yield


@contextmanager
def losing_an_answer() -> Iterator[list[int]]:
    """Let the answer to the commit of one claim be lost that a beat makes; yields the ids of what was claimed so."""
    lost: list[int] = []

    def expect(in_flight: InFlight, claimed: list[Claimed], inline_until: float | None = None) -> list[Attempt]:
        attempts = known(in_flight, claimed, inline_until)
        if inline_until is not None and not lost:
            lost.extend(job.id for job in claimed)
            opened().before_commit.append(commit_unheard)
        return attempts

    def commit_unheard() -> None:
        opened().connection.commit()
        raise OperationalError("the connection broke")

    known = InFlight.expect
    with patch.object(InFlight, "expect", expect):
        yield lost
