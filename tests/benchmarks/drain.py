"""Workers start on a full queue, and the clock runs from 5 % to the end: jobs a second, and CPU a job."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

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


def pipeline_long(arena: Arena, count: int) -> Drained:
    """Drain `count` rows through six stages on Bellwork's long lane."""
    return _pipeline(arena, fleet.OURS, count, lambda: _send_ours(arena, arena.ours.long_stage, count))


def pipeline_short(arena: Arena, count: int) -> Drained:
    """Drain `count` rows through six stages on Bellwork's short lane."""
    return _pipeline(arena, fleet.OURS, count, lambda: _send_ours(arena, arena.ours.short_stage, count))


def pipeline_stock(arena: Arena, count: int) -> Drained:
    """Drain `count` rows through six stages on stock Dramatiq."""

    def send() -> None:
        for row in range(1, count + 1):
            arena.stock.advance.send(row=row, stage=0)

    return _pipeline(arena, fleet.STOCK, count, send)


def nothing_ours(arena: Arena, count: int) -> Drained:
    """Drain `count` jobs that do nothing on Bellwork's long lane."""
    return _nothing_ours(arena, arena.ours.nothing, count)


def nothing_short(arena: Arena, count: int) -> Drained:
    """Drain `count` jobs that do nothing on Bellwork's short lane."""
    return _nothing_ours(arena, arena.ours.nothing_short, count)


def nothing_stock(arena: Arena, count: int) -> Drained:
    """Drain `count` jobs that do nothing on stock Dramatiq."""
    arena.empty()
    for number in range(count):
        arena.stock.nothing.send(number)
    return _drain(arena, fleet.STOCK, count, lambda: count - arena.stock_unfinished())


def _nothing_ours(arena: Arena, actor: object, count: int) -> Drained:
    arena.empty()
    arena.ours.send_all(actor, [{"number": number} for number in range(count)])
    drained = _drain(arena, fleet.OURS, count, lambda: count - unfinished(arena.conn))
    assert count == finished(arena.conn)
    return drained


def _send_ours(arena: Arena, actor: object, count: int) -> None:
    arena.ours.send_all(actor, [{"row": row, "stage": 0} for row in range(1, count + 1)])


def _pipeline(arena: Arena, module: str, count: int, send: Callable[[], None]) -> Drained:
    arena.empty(count)
    send()
    drained = _drain(arena, module, count * STAGES, lambda: advanced(arena.conn))
    assert count * STAGES == advanced(arena.conn)
    return drained


def _drain(arena: Arena, module: str, count: int, done: Callable[[], int]) -> Drained:
    with fleet.running(module, arena.logs) as tree:
        wait_until(lambda: done() >= count * 0.05)
        before, cpu, begin = done(), _cpu(arena, tree), time.monotonic()
        wait_until(lambda: done() >= count)
        seconds, spent = time.monotonic() - begin, _cpu(arena, tree)
    jobs = count - before
    return Drained(jobs / seconds, *((late - early) / jobs * 1e6 for early, late in zip(cpu, spent, strict=True)))


def _cpu(arena: Arena, tree: psutil.Process) -> list[float]:
    return [fleet.cpu_seconds(process) for process in (tree, *arena.servers)]


def wait_until(fact: Callable[[], bool]) -> None:
    """Return as soon as `fact()` is true; AssertionError after a minute."""
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, f"not drained after {PATIENCE:g} s"
        time.sleep(GLANCE)
