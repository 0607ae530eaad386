"""From two counts to rates, totals and quantiles: arithmetic alone, of one queue or one actor."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bellwork.db.snapshot.buckets import SIZE, quantile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

#: Seconds after which something counts for a rate, or for a quantile, by 1/e of its weight.
RATE, RECENT = 10.0, 60.0
#: Jobs after which the run time of one counts by 1/e of its weight.
RECENT_JOBS = 100.0
#: A rate below this (a second), and a distribution of less than half a job, is nothing.
LEAST_RATE, LEAST_JOBS = 0.005, 0.5
#: An average that is nearer to the last count is that count.
LEAST_DIFFERENCE = 0.05


@dataclass
class Standing:
    """What stood in a queue, or of an actor in a queue, at one moment."""

    ready: int = 0
    oldest_ready_at: datetime | None = None
    scheduled: int = 0
    running: int = 0
    retrying: int = 0
    retries: int = 0

    @property
    def unfinished(self) -> int:
        """All jobs that are not finished."""
        return self.ready + self.scheduled + self.running

    def add(self, other: Standing) -> None:
        """Count another actor's jobs in."""
        for name in ("ready", "scheduled", "running", "retrying", "retries"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        if other.oldest_ready_at and (not self.oldest_ready_at or other.oldest_ready_at < self.oldest_ready_at):
            self.oldest_ready_at = other.oldest_ready_at


@dataclass
class Happened:
    """What happened since the last count: to the jobs that came, failed, and were finished."""

    enqueued: int = 0
    done: int = 0
    dead: int = 0
    cancelled: int = 0
    failed: int = 0
    wait_seconds: float = 0.0
    run_seconds: float = 0.0
    waits: list[int] = field(default_factory=lambda: [0] * SIZE)
    runs: list[int] = field(default_factory=lambda: [0] * SIZE)
    run_logs: float = 0.0
    run_squares: float = 0.0
    slo_total: int = 0
    slo_missed: int = 0

    @property
    def finished(self) -> int:
        """How many jobs were finished."""
        return self.done + self.dead + self.cancelled

    @property
    def is_nothing(self) -> bool:
        """Whether nothing happened."""
        return not (self.enqueued or self.finished or self.failed)

    def add(self, other: Happened) -> None:
        """Count in what happened to another actor's jobs."""
        for name in ("enqueued", "done", "dead", "cancelled", "failed", "wait_seconds", "run_seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.waits = [mine + yours for mine, yours in zip(self.waits, other.waits, strict=True)]
        self.runs = [mine + yours for mine, yours in zip(self.runs, other.runs, strict=True)]


@dataclass(frozen=True)
class Actor:
    """What is remembered of an actor's jobs in a queue from one count to the next.

    `recent_jobs` is the weight of the last jobs, `recent_seconds` the sum of their run times, `recent_logs` of the
    natural logarithms of these, and `recent_squares` of the squares of the logarithms.
    """

    queue: str
    actor: str
    unfinished: int = 0
    retries: int = 0
    enqueued_total: int = 0
    done_total: int = 0
    dead_total: int = 0
    cancelled_total: int = 0
    failed_total: int = 0
    recent_jobs: float = 0.0
    recent_seconds: float = 0.0
    recent_logs: float = 0.0
    recent_squares: float = 0.0
    slo_total: int = 0
    slo_missed: int = 0

    def rests(self, now: Standing) -> bool:
        """Tell whether nothing can have happened where nothing was finished."""
        return (self.unfinished, self.retries) == (now.unfinished, now.retries)

    def after(self, now: Standing, finished: Happened, retries_of_finished: int) -> tuple[Actor, Happened]:
        """Return what is to be remembered now, and what happened in between.

        Jobs are conserved: what came is what stands there more than before, and what was finished meanwhile. So are
        the retries that jobs carry; each is a failure, and so is a death. A job that changed its queue came to the new
        one, and did not leave the old one.
        """
        finished.enqueued = max(0, now.unfinished - self.unfinished + finished.finished)
        finished.failed = finished.dead + max(0, now.retries - self.retries + retries_of_finished)
        ran = sum(finished.runs)
        kept = math.exp(-ran / RECENT_JOBS)
        after = replace(
            self,
            unfinished=now.unfinished,
            retries=now.retries,
            enqueued_total=self.enqueued_total + finished.enqueued,
            done_total=self.done_total + finished.done,
            dead_total=self.dead_total + finished.dead,
            cancelled_total=self.cancelled_total + finished.cancelled,
            failed_total=self.failed_total + finished.failed,
            recent_jobs=self.recent_jobs * kept + ran,
            recent_seconds=self.recent_seconds * kept + finished.run_seconds,
            recent_logs=self.recent_logs * kept + finished.run_logs,
            recent_squares=self.recent_squares * kept + finished.run_squares,
            slo_total=self.slo_total + finished.slo_total,
            slo_missed=self.slo_missed + finished.slo_missed,
        )
        return after, finished


@dataclass(frozen=True)
class Queue:
    """A queue as a snapshot has it; the fields are the columns of `bellwork.queue_figures`."""

    queue: str
    ready: int = 0
    oldest_ready_at: datetime | None = None
    scheduled: int = 0
    running: int = 0
    retrying: int = 0
    dead_24h: int = 0
    workers: int = 0
    in_rate: float = 0.0
    out_rate: float = 0.0
    failed_rate: float = 0.0
    wait_p50: float | None = None
    wait_p95: float | None = None
    run_p50: float | None = None
    run_p95: float | None = None
    enqueued_total: int = 0
    done_total: int = 0
    dead_total: int = 0
    cancelled_total: int = 0
    failed_total: int = 0
    wait_seconds: float = 0.0
    run_seconds: float = 0.0
    waits: Sequence[int] = (0,) * SIZE
    runs: Sequence[int] = (0,) * SIZE
    recent_waits: Sequence[float] = (0.0,) * SIZE
    recent_runs: Sequence[float] = (0.0,) * SIZE
    busy: float = 0.0

    def rests(self, now: Standing, workers: int, dead_24h: int) -> bool:
        """Tell whether the queue will be what it is where nothing happens: nothing moves, and nothing fades."""
        fades = (
            self.in_rate or self.out_rate or self.failed_rate or self.wait_p50 is not None or self.run_p50 is not None
        )
        mine = (self.ready, self.oldest_ready_at, self.scheduled, self.running, self.retrying, self.busy)
        stands = (now.ready, now.oldest_ready_at, now.scheduled, now.running, now.retrying, now.running)
        return not fades and mine == stands and (self.workers, self.dead_24h) == (workers, dead_24h)

    def after(self, now: Standing, happened: Happened, seconds: float, workers: int, dead_24h: int) -> Queue:
        """Return the queue `seconds` later, as it stands now and after what happened in between."""
        waits = _faded(self.recent_waits, happened.waits, seconds)
        runs = _faded(self.recent_runs, happened.runs, seconds)
        return Queue(
            queue=self.queue,
            ready=now.ready,
            oldest_ready_at=now.oldest_ready_at,
            scheduled=now.scheduled,
            running=now.running,
            retrying=now.retrying,
            dead_24h=dead_24h,
            workers=workers,
            in_rate=_rate(self.in_rate, happened.enqueued, seconds),
            out_rate=_rate(self.out_rate, happened.done + happened.dead, seconds),
            failed_rate=_rate(self.failed_rate, happened.failed, seconds),
            wait_p50=quantile(0.5, waits),
            wait_p95=quantile(0.95, waits),
            run_p50=quantile(0.5, runs),
            run_p95=quantile(0.95, runs),
            enqueued_total=self.enqueued_total + happened.enqueued,
            done_total=self.done_total + happened.done,
            dead_total=self.dead_total + happened.dead,
            cancelled_total=self.cancelled_total + happened.cancelled,
            failed_total=self.failed_total + happened.failed,
            wait_seconds=self.wait_seconds + happened.wait_seconds,
            run_seconds=self.run_seconds + happened.run_seconds,
            waits=_added(self.waits, happened.waits),
            runs=_added(self.runs, happened.runs),
            recent_waits=waits,
            recent_runs=runs,
            busy=_average(self.busy, now.running, seconds),
        )

    @property
    def is_empty(self) -> bool:
        """Whether no unfinished job is there."""
        return not (self.ready or self.scheduled or self.running)


def _rate(before: float, count: int, seconds: float) -> float:
    """Return a moving average, of which each event counts for as much as the time it fell into."""
    kept = math.exp(-seconds / RATE)
    rate = before * kept + count / seconds * (1 - kept)
    return rate if rate >= LEAST_RATE else 0.0


def _average(before: float, now: int, seconds: float) -> float:
    """Return a moving average of what is counted now and then; what is close to the last count becomes it."""
    kept = math.exp(-seconds / RATE)
    average = before * kept + now * (1 - kept)
    return float(now) if abs(average - now) < LEAST_DIFFERENCE else average


def _added(before: Sequence[int], new: Sequence[int]) -> Sequence[int]:
    return [old + more for old, more in zip(before, new, strict=True)] if any(new) else before


def _faded(before: Sequence[float], new: Sequence[int], seconds: float) -> Sequence[float]:
    if not any(before) and not any(new):
        return before  # most queues rest
    kept = math.exp(-seconds / RECENT)
    counts = [round(old * kept + more, 6) for old, more in zip(before, new, strict=True)]
    return counts if sum(counts) >= LEAST_JOBS else [0.0] * SIZE
