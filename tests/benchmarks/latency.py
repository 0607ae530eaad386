"""Milliseconds between the send and the beginning of its job: after an idle spell, and at a steady 20 jobs a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.benchmarks import fleet, rows
from tests.benchmarks.drain import wait_until

if TYPE_CHECKING:
    from tests.benchmarks.arena import Arena

IDLE_SECONDS = 10.0
#: Between two probes after the idle spell; each goes to a queue that nobody has used since.
APART = 0.2
STEADY = 100
STEADY_APART = 0.05


def ours(arena: Arena) -> tuple[list[float], list[float]]:
    """Measure Bellwork's long lane: (after idleness, steady)."""
    return _measure(arena, fleet.OURS, arena.ours.pick_ups)


def stock(arena: Arena) -> tuple[list[float], list[float]]:
    """Measure stock Dramatiq: (after idleness, steady)."""
    return _measure(arena, fleet.STOCK, arena.stock.pick_ups)


def _measure(arena: Arena, module: str, actors: list[Any]) -> tuple[list[float], list[float]]:
    arena.empty()
    with fleet.running(module, arena.log, [actor.queue_name for actor in actors]):
        _probe(arena, actors, apart=0.0)
        time.sleep(IDLE_SECONDS)
        idle = _probe(arena, actors, APART)
        steady = _probe(arena, [actors[0]] * STEADY, STEADY_APART)
    return idle, steady


def _probe(arena: Arena, actors: list[Any], apart: float) -> list[float]:
    """Send one job after the other, on time whatever the sends cost, and return what each waited."""
    rows.forget_pick_ups(arena.conn)
    begin = time.monotonic()
    for number, actor in enumerate(actors):
        time.sleep(max(0.0, begin + number * apart - time.monotonic()))
        actor.send(sent=time.time())
    wait_until(lambda: len(rows.pick_ups(arena.conn)) == len(actors))
    return rows.pick_ups(arena.conn)
