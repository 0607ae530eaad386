"""Redis away costs latency, never jobs: nothing raises, workers poll the ledger, and nothing needs a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dramatiq
import pytest

from bellwork.db.ledger import Due
from bellwork.workers import due_set, top_up
from tests.helpers import eventually
from tests.workers import look
from tests.workers.process import working

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack


@dramatiq.actor(actor_name="t.without_redis", queue_name="t.without_redis")
def work(number: int) -> None:
    """Work."""


@pytest.fixture
def redis(stack: Stack, database: str) -> Iterator[Stack]:
    """The stack, whose Valkey runs again after the test."""
    del database
    yield stack
    stack.start_redis()


def done() -> int:
    """Count the jobs done."""
    return look.states("t.without_redis").count("done")


def test_no_function_raises(redis: Stack) -> None:
    """Every function of the due set says what it can; pop tells absence from emptiness."""
    redis.stop_redis()
    for _ in range(2):
        due_set.add([Due(1, "t.without_redis", 0, 1)])
        assert (None, 0) == (due_set.pop("t.without_redis", 1, 0.01), top_up.top_up())
        assert not due_set.ping()
    due_set._broken_until = 0
    assert due_set.pop("t.without_redis", 1, 0.01) is None
    due_set._broken_until = 0
    assert top_up.top_up() == 0


def test_a_worker_goes_on_without_redis_and_with_it_again(redis: Stack) -> None:
    """Jobs sent before, during and after the absence are all done by the same worker."""
    with working("t.without_redis"):
        work.send(1)
        eventually(lambda: done() == 1)
        redis.stop_redis()
        for number in range(5):
            work.send(number)
        eventually(lambda: done() == 6)
        redis.start_redis()
        eventually(lambda: due_set.ping() and due_set.usable())
        work.send(7)
        eventually(lambda: done() == 7)
