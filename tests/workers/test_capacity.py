"""Claims are made for free threads, and ahead of them only as far as quick threads will need within milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from bellwork.workers import capacity as module
from bellwork.workers.capacity import MOST_AHEAD, Capacity
from tests.workers.still import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = 8


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Time, held still."""
    with patch.object(module, "time", Clock()) as clock:
        yield clock


def run(capacity: Capacity, clock: Clock, jobs_a_second: float, seconds: float = 2.0) -> None:
    """Acquire and release slots at a steady speed."""
    for _ in range(round(seconds / 0.1)):
        clock.now += 0.1
        capacity.release(capacity.acquire(1) * round(jobs_a_second / 10))
        # More is released than was acquired: only the speed matters here.
        capacity._acquired = 0
        capacity.wait(0)


def test_slow_jobs_are_claimed_for_free_threads_only(clock: Clock) -> None:
    """Threads that finish 20 jobs a second take one for each of them, and no more."""
    capacity = Capacity()
    capacity.open(THREADS)
    run(capacity, clock, 20)

    assert THREADS == capacity.wait(0)
    assert THREADS == capacity.acquire(100)
    assert 0 == capacity.wait(0)


def test_quick_jobs_are_claimed_ahead(clock: Clock) -> None:
    """Threads that finish 500 a second take what they will begin within 20 ms beside: 10 more."""
    capacity = Capacity()
    capacity.open(THREADS)
    run(capacity, clock, 500)

    assert THREADS + 9 <= capacity.wait(0) <= THREADS + 10


def test_no_claim_is_far_ahead(clock: Clock) -> None:
    """However quick the jobs, each thread has at most four waiting for it."""
    capacity = Capacity()
    capacity.open(THREADS)
    run(capacity, clock, 100_000)

    assert THREADS * (1 + MOST_AHEAD) == capacity.wait(0)


def test_a_claim_ahead_waits_until_it_is_worth_its_while(clock: Clock) -> None:
    """Fewer free slots than half of those ahead are left until there are more; a free thread is not."""
    capacity = Capacity()
    capacity.open(THREADS)
    run(capacity, clock, 500)
    full = capacity.acquire(1000)

    capacity.release(1)
    assert not capacity._is_worthwhile()
    capacity.release(full // 2)
    assert capacity._is_worthwhile()


def test_threads_that_turn_slow_stop_claiming_ahead(clock: Clock) -> None:
    """When no slot is released any more, none is granted ahead."""
    capacity = Capacity()
    capacity.open(THREADS)
    run(capacity, clock, 500)
    capacity.acquire(THREADS)
    clock.now += 10
    for _ in range(12):
        clock.now += 1
        capacity.wait(0)

    assert 0 == capacity.wait(0)


def test_after_close_no_slot_is_granted() -> None:
    """Neither into threads nor ahead of them."""
    capacity = Capacity()
    capacity.open(THREADS)
    capacity.close()

    assert capacity.closed
    assert (0, 0) == (capacity.wait(0), capacity.acquire(1))
