"""A fleet that is up meets a full queue, and the clock runs from 5 % to the end: jobs a second, and CPU a job."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.benchmarks import fleet
from tests.benchmarks.rows import STAGES, advanced, finished, unfinished

if TYPE_CHECKING:
    from collections.abc import Callable

    import psutil

    from tests.benchmarks.arena import Arena

#: Looking for progress costs both sides the same.
GLANCE = 0.02
PATIENCE = 60.0


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
class Load:
    """What a fleet is given: the calls of an actor, and how many jobs come of them."""

    module: str
    actor: Any
    calls: list[dict[str, int]]
    jobs: int


def pipeline_ours(arena: Arena, actor: Any, count: int) -> Drained:
    """Drain `count` rows through six stages on Bellwork, on the lane of the actor."""
    calls = [{"row": row, "stage": 0} for row in range(1, count + 1)]
    return _pipeline(arena, Load(fleet.OURS, actor, calls, count * STAGES))


def pipeline_stock(arena: Arena, count: int) -> Drained:
    """Drain `count` rows through six stages on stock Dramatiq."""
    calls = [{"row": row, "stage": 0} for row in range(1, count + 1)]
    return _pipeline(arena, Load(fleet.STOCK, arena.stock.advance, calls, count * STAGES))


def nothing_ours(arena: Arena, actor: Any, count: int) -> Drained:
    """Drain `count` jobs that do nothing on Bellwork, on the lane of the actor."""
    arena.empty()
    load = Load(fleet.OURS, actor, [{"number": number} for number in range(count)], count)
    drained = _drain(arena, load, lambda: finished(arena.conn))
    assert 0 == unfinished(arena.conn)
    return drained


def nothing_stock(arena: Arena, count: int) -> Drained:
    """Drain `count` jobs that do nothing on stock Dramatiq."""
    arena.empty()
    load = Load(fleet.STOCK, arena.stock.nothing, [{"number": number} for number in range(count)], count)
    return _drain(arena, load, lambda: count - arena.stock_unfinished())


def wait_until(fact: Callable[[], bool]) -> None:
    """Return as soon as `fact()` is true; AssertionError after a minute."""
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, f"not true after {PATIENCE:g} s"
        time.sleep(GLANCE)


def _pipeline(arena: Arena, load: Load) -> Drained:
    arena.empty(len(load.calls))
    drained = _drain(arena, load, lambda: advanced(arena.conn))
    assert load.jobs == advanced(arena.conn)
    return drained


def _drain(arena: Arena, load: Load, done: Callable[[], int]) -> Drained:
    send_all = arena.ours.send_all if load.module == fleet.OURS else arena.stock.send_all
    with fleet.running(load.module, arena.log, [load.actor.queue_name]) as tree:
        with fleet.paused(tree):
            send_all(load.actor, load.calls)
        wait_until(lambda: done() >= load.jobs * 0.05)
        before, cpu, begin = done(), _cpu(arena, tree), time.monotonic()
        wait_until(lambda: done() >= load.jobs)
        seconds, spent = time.monotonic() - begin, _cpu(arena, tree)
    jobs = load.jobs - before
    return Drained(jobs / seconds, *((late - early) / jobs * 1e6 for early, late in zip(cpu, spent, strict=True)))


def _cpu(arena: Arena, tree: psutil.Process) -> list[float]:
    return [fleet.cpu_seconds(process) for process in (tree, *arena.servers)]
