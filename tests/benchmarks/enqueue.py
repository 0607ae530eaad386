"""What it costs to enqueue a job in the transaction that inserts its row, beside inserting the row alone."""

from __future__ import annotations

from itertools import count
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks import ways
from tests.benchmarks.comparison import bar
from tests.benchmarks.measure import ratio, spread
from tests.benchmarks.section import Chart, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan
    from tests.benchmarks.ways import Way

HEADING = "A job enqueued in the transaction that inserts its row"
_COLUMNS = ["", "µs", "times the row alone"]
_NOTE = (
    "One client carries out a transaction each way in turn; a figure is the median of the rounds' medians. The peers' "
    "process has a row alone of its own to compare with. One statement needs no BEGIN and no COMMIT, which is how it "
    "can cost less than the row alone with both. A send() tells Valkey, too."
)


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure w5: one client, all ways in turn, transaction by transaction; each round gives a median."""
    arena.empty()
    medians: dict[str, list[float]] = {}
    with ways.peers(arena) as peers:
        everybody = ways.ours(arena) | peers
        numbers = count()
        _round(everybody, numbers, plan.pick(quick=20, full=100))
        for _ in range(plan.rounds):
            for name, taken in _round(everybody, numbers, plan.pick(quick=100, full=1000)).items():
                medians.setdefault(name, []).append(median(taken))
    return _section(medians)


def _round(everybody: dict[str, Way], numbers: Iterator[int], turns: int) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in everybody}
    for _ in range(turns):
        for name, way in everybody.items():
            taken[name].append(way(next(numbers)))
    return taken


def _section(medians: dict[str, list[float]]) -> Section:
    theirs = [*medians][[*medians].index(ways.ALONE_THERE) :]
    bases = {name: medians[ways.ALONE_THERE if name in theirs else ways.ALONE] for name in medians}
    table = [[name, spread(taken), ratio(taken, bases[name])] for name, taken in medians.items()]
    bars = [bar(name, taken) for name, taken in medians.items()]
    return Section("w5", HEADING, _COLUMNS, table, [_NOTE], medians, [Chart(HEADING, "µs a transaction", bars, "less")])
