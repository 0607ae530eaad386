"""What keeps failing is left alone by the whole fleet, tried now and then, and taken up again when it works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dramatiq
import pytest

from tests.workers import look
from workers import Permanent
from workers.circuit import REST, TRIPS, circuit
from workers.due_set import client
from workers.testing import run_inline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.embedded import Stack

OPEN = b"bellwork:circuit:t"
raised: list[Exception | None] = []


@dramatiq.actor(actor_name="t.circuit", queue_name="t.circuit", max_retries=2)
def call() -> None:
    """Fail as told."""
    with circuit("t", ConnectionError):
        if failure := raised[-1]:
            raise failure


@pytest.fixture
def redis(stack: Stack, database: str) -> Iterator[Stack]:
    """The stack, whose Valkey runs again after the test."""
    del database
    yield stack
    stack.start_redis()


def outcome(failure: Exception | None) -> str:
    """Run one job that fails so, and tell what became of it."""
    raised.append(failure)
    job = run_inline(call)
    if job["state"] == "scheduled":
        return "failed" if job["retries"] else "left alone"
    return str(job["state"])


@pytest.mark.usefixtures("database")
def test_what_fails_again_and_again_is_left_alone_but_for_one_try() -> None:
    """The fifth failure in a row opens the circuit; then one job may try, and the others burn no retry."""
    down = [outcome(ConnectionError("down")) for _ in range(TRIPS + 3)]

    assert ["failed"] * (TRIPS + 1) + ["left alone"] * 2 == down
    assert REST / 3 < look.wait_of(look.jobs("t.circuit")[-1]) <= REST


@pytest.mark.usefixtures("database")
def test_the_first_success_closes_it() -> None:
    """When the time of a new try has come and it succeeds, everybody may call again."""
    for _ in range(TRIPS + 2):
        outcome(ConnectionError("down"))
    client().delete(OPEN + b":try")

    assert ["done", "done", "failed", "done"] == [outcome(each) for each in (None, None, ConnectionError("x"), None)]


@pytest.mark.usefixtures("database")
def test_only_failures_in_a_row_count() -> None:
    """A success in between begins the count anew."""
    for failure in [*[ConnectionError("x")] * (TRIPS - 1), None] * 3:
        assert outcome(failure) != "left alone"


@pytest.mark.usefixtures("database")
def test_other_errors_do_not_open_it() -> None:
    """A job's own mistakes say nothing about who was called."""
    assert ["dead"] * (TRIPS + 2) == [outcome(Permanent("mine")) for _ in range(TRIPS + 2)]


def test_without_redis_it_is_closed(redis: Stack) -> None:
    """Every call passes, and every failure is the job's own."""
    redis.stop_redis()

    assert ["failed"] * (TRIPS + 2) == [outcome(ConnectionError("down")) for _ in range(TRIPS + 2)]
