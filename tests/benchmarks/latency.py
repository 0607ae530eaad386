"""Milliseconds between a send and the first line of its job: at a steady 20 jobs a second, and after idleness."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.benchmarks.measure import say, wait_until

if TYPE_CHECKING:
    from tests.benchmarks.arena import Arena
    from tests.benchmarks.contestant import Contestant
    from tests.benchmarks.section import Plan

IDLE_SECONDS = 10.0
APART = 0.05


def steady(arena: Arena, plan: Plan, contestant: Contestant) -> list[float]:
    """Send 20 jobs a second to a fleet that is up; returns what each of them waited, the send itself included."""
    _probe(arena, contestant, 1)
    return _probe(arena, contestant, plan.pick(quick=20, full=100))


def after_idleness(arena: Arena, plan: Plan) -> dict[str, list[float]]:
    """Let the fleets of all contestants idle side by side, and then probe them in turn, time and again."""
    waited: dict[str, list[float]] = {contestant.name: [] for contestant in arena.contestants}
    arena.empty()
    with ExitStack() as fleets:
        for contestant in arena.contestants:
            fleets.enter_context(contestant.fleet(arena))
            _probe(arena, contestant, 1)
        for turn in range(turns := plan.pick(quick=2, full=10)):
            say(f"idle spell {turn + 1} of {turns}")
            time.sleep(IDLE_SECONDS)
            for contestant in arena.contestants:
                waited[contestant.name].extend(_probe(arena, contestant, 1))
    return waited


def _probe(arena: Arena, contestant: Contestant, count: int) -> list[float]:
    arena.marks.clear(count)
    contestant.probe(0, count, APART)
    wait_until(lambda: len(arena.marks.notes(count)) == count, lambda: f"{contestant.name} lost a job")
    return [seconds * 1000 for seconds in arena.marks.notes(count)]
