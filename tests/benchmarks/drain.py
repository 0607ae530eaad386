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


def pipeline_ours(arena: Arena, actor: Any, count: int) -> Drained:
    """Drain `count` rows through six stages on Bellwork, on the lane of the actor."""
    calls = [{"row": row, "stage": 0} for row in range(1, count + 1)]
    return _pipeline(arena, fleet.OURS, actor, count, lambda: arena.ours.send_all(actor, calls))


def pipeline_stock(arena: Arena, count: int) -> Drained:
    """Drain `count` rows through six stages on stock Dramatiq."""
    actor = arena.stock.advance

    def send() -> None:
        for row in range(1, count + 1):
            actor.send(row=row, stage=0)

    return _pipeline(arena, fleet.STOCK, actor, count, send)


def nothing_ours(arena: Arena, actor: Any, count: int) -> Drained:
    """Drain `count` jobs that do nothing on Bellwork, on the lane of the actor."""
    arena.empty()
    calls = [{"number": number} for number in range(count)]

    def send() -> None:
        arena.ours.send_all(actor, calls)

    drained = _drain(arena, fleet.OURS, actor, count, send, lambda: finished(arena.conn))
    assert 0 == unfinished(arena.conn)
    return drained


def nothing_stock(arena: Arena, count: int) -> Drained:
    """Drain `count` jobs that do nothing on stock Dramatiq."""
    arena.empty()
    actor = arena.stock.nothing

    def send() -> None:
        for number in range(count):
            actor.send(number)

    return _drain(arena, fleet.STOCK, actor, count, send, lambda: count - arena.stock_unfinished())


def wait_until(fact: Callable[[], bool]) -> None:
    """Return as soon as `fact()` is true; AssertionError after a minute."""
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, f"not true after {PATIENCE:g} s"
        time.sleep(GLANCE)


def _pipeline(arena: Arena, module: str, actor: Any, count: int, send: Callable[[], None]) -> Drained:
    arena.empty(count)
    drained = _drain(arena, module, actor, count * STAGES, send, lambda: advanced(arena.conn))
    assert count * STAGES == advanced(arena.conn)
    return drained


def _drain(
    arena: Arena, module: str, actor: Any, count: int, send: Callable[[], None], done: Callable[[], int]
) -> Drained:
    with fleet.running(module, arena.log, [actor.queue_name]) as tree:
        with fleet.paused(tree):
            send()
        wait_until(lambda: done() >= count * 0.05)
        before, cpu, begin = done(), _cpu(arena, tree), time.monotonic()
        wait_until(lambda: done() >= count)
        seconds, spent = time.monotonic() - begin, _cpu(arena, tree)
    jobs = count - before
    return Drained(jobs / seconds, *((late - early) / jobs * 1e6 for early, late in zip(cpu, spent, strict=True)))


def _cpu(arena: Arena, tree: psutil.Process) -> list[float]:
    return [fleet.cpu_seconds(process) for process in (tree, *arena.servers)]
