"""The rounds that several measurements share: each contestant's fleet is started once a round and does all of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.benchmarks import latency, limit
from tests.benchmarks.contestant import count_of
from tests.benchmarks.drain import Drained, drain
from tests.benchmarks.loads import STAGES
from tests.benchmarks.measure import say

if TYPE_CHECKING:
    from tests.benchmarks.arena import Arena
    from tests.benchmarks.contestant import Contestant
    from tests.benchmarks.section import Plan

#: Which load each measurement drains; the limit is compared with the first two.
LOADS = {"w1": "nothing", "w2": "advance", "w3": "stages"}


@dataclass
class Campaign:
    """What was measured, in the order of the rounds: load → contestant → drains, and contestant → what jobs waited."""

    drains: dict[str, dict[str, list[Drained]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    steady: dict[str, list[list[float]]] = field(default_factory=lambda: defaultdict(list))
    limits: list[limit.Limit] = field(default_factory=list)


def campaign(arena: Arena, plan: Plan) -> Campaign:
    """Return the rounds of this arena; the first who asks has them run."""
    if "campaign" not in arena.shared:
        arena.shared["campaign"] = _run(arena, plan)
    found: Campaign = arena.shared["campaign"]
    return found


def _run(arena: Arena, plan: Plan) -> Campaign:
    done = Campaign()
    for turn in range(plan.rounds):
        for contestant in _entered(arena):
            say(f"round {turn + 1} of {plan.rounds}: {contestant.name}")
            _turn(arena, plan, contestant, done)
        if "limit" in arena.wanted:
            done.limits.append(limit.run(arena, plan))
    return done


def _entered(arena: Arena) -> list[Contestant]:
    """Enter everybody, or Bellwork alone where only the limit is asked for."""
    everybody = arena.wanted & {*LOADS, "w4"}
    return [contestant for contestant in arena.contestants if everybody or contestant.ours]


def _turn(arena: Arena, plan: Plan, contestant: Contestant, done: Campaign) -> None:
    arena.empty()
    with contestant.fleet(arena) as fleet:
        for load in _loads(arena, contestant):
            count = count_of(contestant, load, plan.seconds, STAGES.get(load, 1))
            done.drains[load][contestant.name].append(drain(arena, contestant, fleet, load, count))
        if "w4" in arena.wanted:
            done.steady[contestant.name].append(latency.steady(arena, plan, contestant))


def _loads(arena: Arena, contestant: Contestant) -> list[str]:
    compared = {"w1", "w2"} if contestant.ours and "limit" in arena.wanted else set()
    return [load for key, load in LOADS.items() if key in arena.wanted | compared]
