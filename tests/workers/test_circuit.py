"""What keeps failing is left alone by the whole fleet, tried now and then, and taken up again when it works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dramatiq
import pytest

from bellwork.workers import Permanent
from bellwork.workers.circuit import REST, TRIPS, circuit, opened
from bellwork.workers.due_set import client
from bellwork.workers.testing import run_inline
from tests.workers import look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack

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


@pytest.mark.parametrize("value", [b"text", b"-7", b"7" * 5_000])
@pytest.mark.usefixtures("database")
def test_what_is_no_count_is_no_failure(value: bytes) -> None:
    """A key that somebody has overwritten is removed, and the circuit counts from the beginning."""
    client().set(OPEN, value)
    seen = [outcome(None), outcome(ConnectionError("down"))]

    assert (["done", "failed"], b"1") == (seen, client().get(OPEN))


@pytest.mark.usefixtures("database")
def test_nothing_is_left_alone_for_ever() -> None:
    """A circuit and a try without a time to live are given one by the first job that is sent away."""
    client().set(OPEN, TRIPS)
    client().set(OPEN + b":try", 1)
    seen = outcome(None)

    assert ("left alone", {"t": TRIPS}) == (seen, opened())
    assert 0 < client().pttl(OPEN) <= 600_000
    assert 0 < client().pttl(OPEN + b":try") <= REST * 1000
