"""The arithmetic of a comparison: turns, medians, ratios, percentiles, and what a clock makes of two readings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks import measure
from tests.benchmarks.drain import Drained, _between, _Reading


def test_contestants_take_turns() -> None:
    """A round is everybody once; results keep the order of the rounds."""
    order: list[str] = []

    def run(name: str) -> int:
        order.append(name)
        return len(order)

    results = measure.interleaved({"a": lambda: run("a"), "b": lambda: run("b")}, rounds=2)
    assert ["a", "b", "a", "b"] == order
    assert {"a": [1, 3], "b": [2, 4]} == results


def test_a_spread_is_the_median_with_its_extremes() -> None:
    """Thousands are separated, and decimals are as many as were asked for."""
    assert "2,000 (1-3,000)" == measure.spread([3000, 1, 2000])
    assert "1.5 (1.0-2.0)" == measure.spread([1, 2], digits=1)


def test_a_ratio_compares_within_a_round() -> None:
    """A machine that was half as fast for a whole round changes no ratio."""
    assert "2.00x (2.00-2.00)" == measure.ratio([200, 100], base=[100, 50])


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_a_sample_that_its_share_does_not_exceed(samples: list[float], share: float) -> None:
    """At least `share` of the samples are not above it, and it was measured itself."""
    found = measure.percentile(samples, share)
    assert found in samples
    assert sum(sample <= found for sample in samples) >= share * len(samples)


def test_a_fact_that_does_not_come_is_an_error_that_explains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits in vain is told what the fleet says."""
    monkeypatch.setattr(measure, "PATIENCE", 0.0)
    with pytest.raises(AssertionError, match="the fleet says"):
        measure.wait_until(lambda: False, lambda: "the fleet says nothing")


def test_two_readings_make_rates() -> None:
    """Jobs a second and microseconds of CPU a job are of what lies between the readings."""
    early = _Reading(moment=10.0, through=50, cpu=[1.0, 2.0, 3.0])
    late = _Reading(moment=12.0, through=1050, cpu=[1.5, 2.25, 3.0])
    assert Drained(rate=500.0, workers=500.0, postgres=250.0, valkey=0.0) == _between(early, late)
    assert 750.0 == _between(early, late).cpu
