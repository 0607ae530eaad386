"""Batches follow the clock: their size never leaps, never leaves its bounds, and settles where one lasts 100 ms."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bellwork.tasks.upkeep.sweeping.pace import AIM, MOST, Budget, Pace


@given(st.integers(-5, 50_000), st.lists(st.tuples(st.integers(0, 6_000), st.floats(0, 100)), max_size=50))
def test_a_size_stays_in_its_bounds_and_at_most_doubles(first: int, batches: list[tuple[int, float]]) -> None:
    """Whatever batches report, the next one has 1 to 5,000 rows, and at most twice as many as the last."""
    pace = Pace(first)
    for rows, seconds in batches:
        before = pace.size
        pace.note(rows, seconds)

        assert 1 <= pace.size <= min(2 * before, MOST)


@given(st.floats(0.00003, 0.02), st.integers(1, 5_000))
def test_a_steady_cost_leads_to_batches_of_100_ms(cost: float, first: int) -> None:
    """At 30 µs to 20 ms a row, twenty full batches later one lasts 100 ms, within a row or a fifth."""
    pace = Pace(first)
    for _ in range(20):
        pace.note(pace.size, pace.size * cost)

    assert abs(pace.size * cost - AIM) <= max(cost, AIM / 5) or pace.size == MOST


def test_a_batch_that_was_not_full_makes_the_next_one_no_larger() -> None:
    """Three rows that took no time say nothing about three thousand; three that took seconds do."""
    pace = Pace(500)
    pace.note(3, 0.001)
    after_few = pace.size
    pace.note(3, 2.0)

    assert 500 == after_few
    assert 125 == pace.size


def test_a_budget_is_spent_at_once_where_there_is_none() -> None:
    """Zero seconds allow no batch; an hour allows one."""
    assert Budget(0).is_spent
    assert not Budget(3600).is_spent
