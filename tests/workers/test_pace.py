"""Polls of everything are made as often as wanted while they are fast, and rarely while they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from bellwork.workers import pace
from bellwork.workers.pace import FAST, LONGEST, RARELY, REST, Pace
from tests.workers.still import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Time, held still."""
    with patch.object(pace, "time", Clock()) as clock:
        yield clock


def look(kept: Pace, clock: Clock, seconds: float) -> None:
    """Make a poll that lasts so long."""
    with kept.measured():
        clock.now += seconds


@pytest.mark.parametrize("costs", [(0.0, 0.0), (FAST, FAST), (5.0, FAST), (FAST, 5.0)])
def test_fast_polls_and_a_slow_one_for_once_are_followed_at_once(clock: Clock, costs: tuple[float, float]) -> None:
    """Nothing is put off while polls are fast, nor because a busy machine made one of them slow."""
    kept = Pace()
    for cost in costs:
        look(kept, clock, cost)

    assert kept.is_due()


@pytest.mark.parametrize("times", [1, RARELY / LONGEST], ids=["what is wanted", "a mere precaution"])
@pytest.mark.parametrize(("cost", "rest"), [(0.1, 0.1 * REST), (5.0, LONGEST)])
def test_slow_polls_are_made_rarely(clock: Clock, cost: float, rest: float, times: float) -> None:
    """After two slow ones a rest of so many times as long, up to so many seconds; ten times both for a precaution."""
    kept, rest = Pace(times * LONGEST), times * rest
    look(kept, clock, cost)
    look(kept, clock, cost)
    clock.now += rest * 0.99
    early = kept.is_due()
    clock.now += rest * 0.02

    assert (False, True) == (early, kept.is_due())


def test_slow_polls_that_follow_each_other_closely_count_when_they_go_on(clock: Clock) -> None:
    """A machine that stands still for a moment makes several of them slow; a fast one in between begins anew."""
    kept, due = Pace(awhile=0.14), []
    for cost in (0.05, 0.05, 0.05, FAST, 0.05, 0.05, 0.05, 0.05):
        look(kept, clock, cost)
        due.append(kept.is_due())

    assert [True] * 7 + [False] == due


def test_a_poll_that_another_process_makes_is_put_off(clock: Clock) -> None:
    """It is due when the seconds are over."""
    kept = Pace()
    kept.put_off(3)
    early = kept.is_due()
    clock.now += 3

    assert (False, True) == (early, kept.is_due())


def test_a_look_that_failed_is_due_again(clock: Clock) -> None:
    """What was not seen is still to be looked for."""
    kept = Pace()
    look(kept, clock, 1.0)
    with pytest.raises(OSError, match="away"), kept.measured():
        raise OSError("away")

    assert kept.is_due()
