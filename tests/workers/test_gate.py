"""Claims are made for free threads, and ahead of them only as far as quick threads will need within milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from bellwork.workers import gate
from bellwork.workers.gate import MOST_AHEAD, Gate
from tests.workers.still import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = 8


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Time, held still."""
    with patch.object(gate, "time", Clock()) as clock:
        yield clock


def run(opened: Gate, clock: Clock, jobs_a_second: float, seconds: float = 2.0) -> None:
    """Let jobs pass through the gate at a steady speed."""
    for _ in range(round(seconds / 0.1)):
        clock.now += 0.1
        opened.leave(opened.enter(1) * round(jobs_a_second / 10))
        # What left more than it entered is put back: only the speed matters here.
        opened._inside = 0
        opened.wait(0)


def test_slow_jobs_are_claimed_for_free_threads_only(clock: Clock) -> None:
    """Threads that finish 20 jobs a second take one for each of them, and no more."""
    opened = Gate()
    opened.open(THREADS)
    run(opened, clock, 20)

    assert THREADS == opened.wait(0)
    assert THREADS == opened.enter(100)
    assert 0 == opened.wait(0)


def test_quick_jobs_are_claimed_ahead(clock: Clock) -> None:
    """Threads that finish 500 a second take what they will begin within 20 ms beside: 10 more."""
    opened = Gate()
    opened.open(THREADS)
    run(opened, clock, 500)

    assert THREADS + 9 <= opened.wait(0) <= THREADS + 10


def test_nobody_claims_far_ahead(clock: Clock) -> None:
    """However quick the jobs, each thread has at most four waiting for it."""
    opened = Gate()
    opened.open(THREADS)
    run(opened, clock, 100_000)

    assert THREADS * (1 + MOST_AHEAD) == opened.wait(0)


def test_a_claim_ahead_waits_until_it_is_worth_its_while(clock: Clock) -> None:
    """Room for less than half of what is claimed ahead is left until there is more of it; a free thread is not."""
    opened = Gate()
    opened.open(THREADS)
    run(opened, clock, 500)
    full = opened.enter(1000)

    opened.leave(1)
    assert not opened._is_worthwhile()
    opened.leave(full // 2)
    assert opened._is_worthwhile()


def test_threads_that_turn_slow_stop_claiming_ahead(clock: Clock) -> None:
    """When nothing leaves any more, the room that was ahead is gone."""
    opened = Gate()
    opened.open(THREADS)
    run(opened, clock, 500)
    opened.enter(THREADS)
    clock.now += 10
    for _ in range(12):
        clock.now += 1
        opened.wait(0)

    assert 0 == opened.wait(0)


def test_a_closed_gate_lets_nothing_in() -> None:
    """Neither into threads nor ahead of them."""
    opened = Gate()
    opened.open(THREADS)
    opened.close()

    assert opened.closed
    assert (0, 0) == (opened.wait(0), opened.enter(1))
