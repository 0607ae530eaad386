"""The fixtures of Dramatiq's own suite over LedgerBroker; stands as conftest.py beside a copy of that suite.

Its `stub_broker` and `stub_worker` give a broker of the ledger; what a StubBroker can do beyond a broker (raise what a
job died of from `join`) is added here. Memcached and RabbitMQ are not there: what needs them is skipped.
"""

from __future__ import annotations

import logging
import os
import random
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import dramatiq
import psycopg
import pytest
from dramatiq.middleware import Middleware
from dramatiq.rate_limits import backends as rate_limiters
from dramatiq.results import backends as results

from bellwork.workers import LedgerBroker, consumer, due_set

if TYPE_CHECKING:
    from collections.abc import Iterator

for absent in ("pika", "pika.exceptions", "pylibmc"):
    # The suite imports the clients of other brokers, and uses them only in tests that are skipped here.
    sys.modules.setdefault(absent, MagicMock())

logging.basicConfig(level=logging.INFO)
random.seed(1337)
#: A retry is seen as soon as it is due: a worker's own look into the ledger stands in for the scheduler.
consumer.LISTEN = 0.05


class DeadLetters(Middleware):
    """Keep what jobs died of, as a StubBroker does."""

    def __init__(self) -> None:
        self.of: dict[str, list[BaseException]] = defaultdict(list)

    def after_nack(self, broker: dramatiq.Broker, message: Any) -> None:
        """Note the error of a job that is dead: a copy without its frames, for one test looks for what keeps those."""
        del broker
        error = message._exception or Exception("Message failed with unknown error")
        self.of[message.queue_name].append(type(error).__new__(type(error), *error.args))


class Broker(LedgerBroker):
    """A LedgerBroker whose `join` raises what a job of the queue died of, unless told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.letters = DeadLetters()
        self.add_middleware(self.letters)

    def join(self, queue_name: str, *, timeout: int | None = None, fail_fast: bool = True, interval: int = 20) -> None:
        """Wait for a queue; never longer than a test may last."""
        super().join(queue_name, timeout=timeout or 20_000, interval=interval)
        if fail_fast:
            for error in self.letters.of[queue_name]:
                raise error from None


@pytest.fixture(autouse=True)
def _empty_books() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as conn:
        conn.execute("DELETE FROM bellwork.jobs")
        conn.execute("DELETE FROM bellwork.finished_jobs")
    due_set.client().flushall()


@pytest.fixture
def stub_broker() -> Iterator[Broker]:
    """The ledger's broker, where the suite asks for Dramatiq's broker in memory."""
    broker = Broker()
    broker.emit_after("process_boot")
    dramatiq.set_broker(broker)
    yield broker
    broker.flush_all()
    broker.close()


@pytest.fixture
def stub_worker(stub_broker: Broker) -> Iterator[dramatiq.Worker]:
    """A worker of it."""
    worker = dramatiq.Worker(stub_broker, worker_timeout=100, worker_threads=8)
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture
def redis_broker() -> None:
    """Skip: a test of another broker."""
    pytest.skip("a test of RedisBroker")


rabbitmq_broker = redis_worker = rabbitmq_worker = redis_broker


@pytest.fixture
def info_logging() -> Iterator[None]:
    """Log INFO and above."""
    logger = logging.getLogger()
    logger.setLevel(logging.INFO)
    yield
    logger.setLevel(logging.DEBUG)


@pytest.fixture
def redis_rate_limiter_backend() -> Any:
    """Dramatiq's limits in the Redis of these tests."""
    return rate_limiters.RedisBackend(url=os.environ["REDIS_URL"])


@pytest.fixture
def stub_rate_limiter_backend() -> Any:
    """Dramatiq's limits in memory."""
    return rate_limiters.StubBackend()


@pytest.fixture(params=["redis", "stub"])
def rate_limiter_backend(request: pytest.FixtureRequest) -> Any:
    """Each of them."""
    return request.getfixturevalue(f"{request.param}_rate_limiter_backend")


@pytest.fixture
def redis_result_backend() -> Any:
    """Dramatiq's results in the Redis of these tests."""
    return results.RedisBackend(url=os.environ["REDIS_URL"])


@pytest.fixture
def stub_result_backend() -> Any:
    """Dramatiq's results in memory."""
    return results.StubBackend()


@pytest.fixture
def result_backends(redis_result_backend: Any, stub_result_backend: Any) -> dict[str, Any]:
    """Both, by name."""
    return {"redis": redis_result_backend, "stub": stub_result_backend}


@pytest.fixture(params=["redis", "stub"])
def result_backend(request: pytest.FixtureRequest, result_backends: dict[str, Any]) -> Any:
    """Each of them."""
    return result_backends[request.param]
