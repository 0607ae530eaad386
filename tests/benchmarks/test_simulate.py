"""The play of the queue agrees with Erlang's formulas, and obeys what every fair queue obeys."""

from __future__ import annotations

from itertools import accumulate
from math import log
from statistics import fmean, quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.simulate import busy, erlang, lognormal, play, probability_of_waiting, waits, workers_needed

_ARRIVALS = st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=40)


@pytest.mark.parametrize(("workers", "utilisation"), [(1, 0.5), (1, 0.8), (8, 0.7), (16, 0.8)])
def test_the_play_agrees_with_erlang(workers: int, utilisation: float) -> None:
    """With exponential service times, mean wait and p99 are within a tenth of what M/M/c says."""
    played, said = play(_exponential(1.0), workers, utilisation), erlang(workers, utilisation, 1.0)
    assert (said.mean, said.p99) == pytest.approx((played.mean, played.p99), rel=0.1)


def test_constant_service_times_halve_the_wait() -> None:
    """With one worker and constant service times the mean wait is half of Erlang's (Pollaczek and Khinchine)."""
    assert erlang(1, 0.8, 1.0).mean / 2 == pytest.approx(play([1.0], 1, 0.8).mean, rel=0.05)


def test_one_worker_is_found_busy_as_often_as_it_is() -> None:
    """With one worker, the probability of waiting is the utilisation."""
    assert [0.1, 0.5, 0.99] == [pytest.approx(probability_of_waiting(1, share)) for share in (0.1, 0.5, 0.99)]


@given(gaps=_ARRIVALS, workers=st.integers(1, 5))
def test_another_worker_makes_nobody_wait_longer(gaps: list[tuple[float, float]], workers: int) -> None:
    """With one worker more, every single job begins as soon or sooner."""
    jobs = list(zip(accumulate(gap for gap, _ in gaps), (service for _, service in gaps), strict=True))
    fewer, more = list(waits(jobs, workers)), list(waits(jobs, workers + 1))
    assert all(less <= wait + 1e-9 for less, wait in zip(more, fewer, strict=True))


@given(gaps=_ARRIVALS)
def test_nobody_waits_where_there_are_as_many_workers_as_jobs(gaps: list[tuple[float, float]]) -> None:
    """A worker for each job: no waits."""
    jobs = list(zip(accumulate(gap for gap, _ in gaps), (service for _, service in gaps), strict=True))
    assert [0.0] * len(jobs) == list(waits(jobs, len(jobs)))


def test_the_workers_needed_are_more_than_are_busy() -> None:
    """Little's law is the floor: the number of workers for a bounded wait lies above it, and not by far."""
    services, rate = _exponential(4.0), 2.0
    assert busy(rate, 4.0) < workers_needed(services, rate, patience=1.0) < 2.5 * busy(rate, 4.0)


def test_a_load_that_no_queue_survives_is_refused() -> None:
    """A utilisation of 1 is refused."""
    with pytest.raises(ValueError, match=r"utilisation is 1\.0"):
        play([1.0], 1, 1.0)


def test_service_times_have_the_median_and_the_p95_asked_for() -> None:
    """Lognormal service times keep both, and their mean lies above the median: a few take long."""
    services = lognormal(45, 90)
    cuts = quantiles(services, n=20)
    assert [pytest.approx(45, rel=0.01), pytest.approx(90, rel=0.01)] == [cuts[9], cuts[18]]
    assert fmean(services) > 45


def _exponential(mean: float, count: int = 20_000) -> list[float]:
    """Return exponential service times: the quantiles, so that no chance is in them."""
    return [-mean * log(1 - (number + 0.5) / count) for number in range(count)]
