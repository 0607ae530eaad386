"""A fleet that is up meets a full queue, and the clock runs from 5 % to the end: jobs a second, and CPU a job."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks import loads, rows
from tests.benchmarks.fleet import cpu_seconds
from tests.benchmarks.measure import wait_until

if TYPE_CHECKING:
    from tests.benchmarks.arena import Arena
    from tests.benchmarks.contestant import Contestant
    from tests.benchmarks.fleet import Fleet

#: The share of the jobs that may pass before the clock runs: every process has found the queue by then.
_RUN_UP = 0.05


@dataclass(frozen=True)
class Drained:
    """One drain: jobs a second, and microseconds of CPU a job in the workers, in PostgreSQL and in Valkey."""

    rate: float
    workers: float
    postgres: float
    valkey: float

    @property
    def cpu(self) -> float:
        """All microseconds of CPU a job."""
        return self.workers + self.postgres + self.valkey


@dataclass(frozen=True)
class _Reading:
    """What the clocks say: the moment, the jobs that are through, and each party's seconds of CPU."""

    moment: float
    through: float
    cpu: list[float]


def drain(arena: Arena, contestant: Contestant, fleet: Fleet, load: str, count: int) -> Drained:
    """Fill the queue while the fleet is stopped, let it run, and check the rows at the end.

    A peer's clock stops when its last job has returned; Bellwork's when its last job is committed as finished.
    """
    jobs = loads.jobs(load, count)
    rows.lay_out(arena.conn, count if load in loads.STAGES else 0)
    arena.marks.clear(jobs)
    with fleet.paused():
        contestant.send(load, count)
    wait_until(lambda: arena.marks.count(jobs) >= jobs * _RUN_UP, fleet.tail)
    early = _read(arena, fleet, jobs)
    wait_until(lambda: arena.marks.count(jobs) == jobs, fleet.tail)
    if contestant.ours:
        wait_until(lambda: contestant.left() == 0, fleet.tail)
    late = _read(arena, fleet, jobs)
    wait_until(lambda: contestant.left() == 0, fleet.tail)
    _check(arena, load, jobs)
    return _between(early, late)


def _read(arena: Arena, fleet: Fleet, jobs: int) -> _Reading:
    """Read the moment and the progress on both sides of the CPU, which takes some milliseconds to sum up."""
    before, through = time.monotonic(), arena.marks.count(jobs)
    cpu = [fleet.cpu(), *(cpu_seconds(server) for server in arena.servers)]
    return _Reading((before + time.monotonic()) / 2, (through + arena.marks.count(jobs)) / 2, cpu)


def _between(early: _Reading, late: _Reading) -> Drained:
    jobs = late.through - early.through
    cpu = [(after - before) / jobs * 1e6 for before, after in zip(early.cpu, late.cpu, strict=True)]
    return Drained(jobs / (late.moment - early.moment), *cpu)


def _check(arena: Arena, load: str, jobs: int) -> None:
    """Raise AssertionError unless every row is at its last stage."""
    if load in loads.STAGES:
        advanced = rows.advanced(arena.conn)
        assert jobs == advanced, f"{jobs} stages were to be advanced, {advanced} are committed"
