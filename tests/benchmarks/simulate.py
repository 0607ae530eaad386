"""Jobs that queue for workers, played through on paper: how long they wait at a load, and how many workers it takes.

The play is a queue of Poisson arrivals, first come first served, with service times as measured; the formulas of
Erlang are what it has to agree with where service times are exponential. `python -m tests.benchmarks.simulate RATE
PATIENCE` reads service times (seconds, a line each) and says how many threads a rate of jobs a second takes.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from heapq import heapify, heapreplace
from math import exp, log
from statistics import NormalDist, fmean
from typing import TYPE_CHECKING

from tests.benchmarks.measure import percentile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: The first arrivals meet an empty house; this share of them is not counted.
_WARM_UP = 0.1
#: A queue that is fuller forgets so slowly what happened to it that no play is long enough.
_FULLEST = 0.97


@dataclass(frozen=True)
class Waited:
    """What jobs wait before they begin, in seconds."""

    mean: float
    p50: float
    p99: float


def waits(jobs: Iterable[tuple[float, float]], workers: int) -> Iterator[float]:
    """Yield what each of the jobs, (arrival, service time) in the order of arrival, waits for one of `workers`."""
    free = [0.0] * workers
    heapify(free)
    for arrival, service in jobs:
        begin = max(arrival, free[0])
        heapreplace(free, begin + service)
        yield begin - arrival


def play(services: Sequence[float], workers: int, utilisation: float, count: int = 400_000, seed: int = 1) -> Waited:
    """Play `count` jobs whose service times are drawn from `services`, at a load that keeps workers so far busy.

    Raises ValueError for a utilisation of 1 or more: there the queue only grows.
    """
    rate = workers * _below_one(utilisation) / fmean(services)
    waited = list(waits(_arrivals(services, rate, count, seed), workers))[int(count * _WARM_UP) :]
    return Waited(fmean(waited), percentile(waited, 0.5), percentile(waited, 0.99))


def workers_needed(services: Sequence[float], rate: float, patience: float, count: int = 20_000) -> int:
    """Return the least number of workers, at most 97 % busy, with which 99 % of the jobs wait at most `patience` s."""
    load = busy(rate, fmean(services))
    workers = int(load / _FULLEST) + 1
    while play(services, workers, load / workers, count).p99 > patience:
        workers += 1
    return workers


def erlang(workers: int, utilisation: float, service: float) -> Waited:
    """Calculate the same for exponential service times of mean `service` (M/M/c, Erlang's C formula)."""
    waiting = probability_of_waiting(workers, utilisation)
    drained = workers * (1 - utilisation) / service
    return Waited(waiting / drained, *(_quantile(waiting, drained, share) for share in (0.5, 0.99)))


def probability_of_waiting(workers: int, utilisation: float) -> float:
    """Calculate how probable it is that a job finds every worker busy (Erlang C, by the recursion of Erlang B)."""
    load, blocked = workers * _below_one(utilisation), 1.0
    for count in range(1, workers + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked / (1 - utilisation * (1 - blocked))


def busy(rate: float, service: float) -> float:
    """Return how many jobs are in work at once (Little's law): that many workers are busy on average."""
    return rate * service


def lognormal(middle: float, p95: float, count: int = 20_000) -> list[float]:
    """Return service times with this median and 95th percentile: quantiles, so that no chance is in them."""
    spread = log(p95 / middle) / NormalDist().inv_cdf(0.95)
    return [middle * exp(spread * NormalDist().inv_cdf((number + 0.5) / count)) for number in range(count)]


def _arrivals(services: Sequence[float], rate: float, count: int, seed: int) -> Iterator[tuple[float, float]]:
    chance, now = random.Random(seed), 0.0  # noqa: S311 - a play, no secret
    for _ in range(count):
        now += chance.expovariate(rate)
        yield now, chance.choice(services)


def _quantile(waiting: float, drained: float, share: float) -> float:
    """Return the wait that `share` of all do not exceed: P(wait > t) = waiting · exp(-drained · t)."""
    return max(0.0, log(waiting / (1 - share)) / drained)


def _below_one(utilisation: float) -> float:
    if not 0 < utilisation < 1:
        raise ValueError(f"utilisation is {utilisation!r}; at 1 or more the queue grows without end, give a part of 1")
    return utilisation


if __name__ == "__main__":
    rate, patience = map(float, sys.argv[1:])
    services = [float(line) for line in sys.stdin]
    threads = workers_needed(services, rate, patience)
    needed = f"with {threads}, 99 % of the jobs wait {patience:g} s at most"
    sys.stdout.write(f"{busy(rate, fmean(services)):.1f} threads are busy; {needed}\n")
