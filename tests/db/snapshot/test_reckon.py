"""The arithmetic of a snapshot: quantiles between bounds, rates that fade."""

from __future__ import annotations

import pytest

from bellwork.db.snapshot.buckets import BOUNDS, SIZE, quantile
from bellwork.db.snapshot.reckon import Actor, Happened, Queue, Standing


def counts(**in_bucket: int) -> list[int]:
    """Return counts by bucket; `b3=2` puts two into the fourth."""
    return [in_bucket.get(f"b{place}", 0) for place in range(SIZE)]


@pytest.mark.parametrize(
    ("share", "counted", "expected"),
    [
        (0.5, counts(), None),
        (0.5, counts(b0=10), 0.0025),
        (0.95, counts(b8=100), 1.0 + 0.95 * 1.5),
        (0.5, counts(b0=1, b17=1), 0.005),
        (0.95, counts(b0=1, b18=19), 3600.0),
        (0.5, counts(b8=5, b9=5), 2.5),
    ],
)
def test_a_quantile_lies_between_the_bounds_of_its_bucket(
    share: float, counted: list[int], expected: float | None
) -> None:
    """Evenly, as Prometheus reads a histogram; what is longer than an hour counts as an hour."""
    assert expected == (quantile(share, counted) if expected is None else pytest.approx(quantile(share, counted)))


def test_a_steady_stream_has_its_own_rate() -> None:
    """Five a second, looked at each second for two minutes, are five a second; a minute of nothing later, none."""
    queue = Queue("q")
    for _ in range(120):
        queue = queue.after(Standing(), Happened(enqueued=5, done=5), 1.0, 1, 0)
    assert [5.0, 5.0] == pytest.approx([queue.in_rate, queue.out_rate], rel=0.01)
    for _ in range(75):
        queue = queue.after(Standing(), Happened(), 1.0, 1, 0)
    assert (0.0, 0.0) == (queue.in_rate, queue.out_rate)


def test_a_rate_does_not_depend_on_how_often_one_looks() -> None:
    """A minute in one look or in sixty."""
    often = once = Queue("q")
    for _ in range(60):
        often = often.after(Standing(), Happened(done=3), 1.0, 1, 0)
    once = once.after(Standing(), Happened(done=180), 60.0, 1, 0)

    assert pytest.approx(once.out_rate, rel=0.01) == often.out_rate


def test_a_queue_that_rests_is_not_written() -> None:
    """Some minutes after the last job nothing of it changes any more."""
    runs = [0] * SIZE
    runs[5] = 100
    queue = Queue("q").after(Standing(), Happened(done=100, runs=runs), 1.0, 1, 0)
    for _ in range(600):
        queue = queue.after(Standing(), Happened(), 1.0, 1, 0)

    assert queue == queue.after(Standing(), Happened(), 1.0, 1, 0)
    assert queue.run_p50 is None


def test_jobs_are_conserved() -> None:
    """What came is what stands there more, and what was finished; a job that moved away did not come here."""
    after, happened = Actor("q", "a", unfinished=10, retries=3).after(Standing(ready=4, retries=2), Happened(done=7), 2)
    assert (1, 1, 4) == (happened.enqueued, happened.failed, after.unfinished)
    _, moved = Actor("q", "a", unfinished=10).after(Standing(ready=2), Happened(), 0)
    assert 0 == moved.enqueued
    assert list(BOUNDS) == sorted(BOUNDS)


@pytest.mark.parametrize(
    ("queue", "now", "rests"),
    [
        (Queue("q"), Standing(), True),
        (Queue("q", ready=3), Standing(ready=3), True),
        (Queue("q", ready=3), Standing(ready=2), False),
        (Queue("q", ready=3), Standing(ready=3, retrying=1), False),
        (Queue("q", in_rate=1.0), Standing(), False),
        (Queue("q", run_p50=1.0), Standing(), False),
    ],
)
def test_what_rests_is_what_it_would_be_reckoned_to_be(queue: Queue, now: Standing, rests: bool) -> None:
    """So that it need not be; what stands otherwise, or fades, is."""
    assert rests == queue.rests(now, 0, 0)
    if rests:
        assert queue == queue.after(now, Happened(), 1.0, 0, 0)
    assert not queue.rests(now, 1, 0)
