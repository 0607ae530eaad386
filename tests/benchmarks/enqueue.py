"""What it costs to enqueue a job in the transaction that inserts its row, beside inserting the row alone."""

from __future__ import annotations

from itertools import count
from random import Random
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
#: How many transactions a way carries out in its turn.
_SPELLS = {"ten in a row": 10, "one at a time": 1}
_COLUMNS = ["", *(f"{what}, {spell}" for spell in _SPELLS for what in ("µs", "times the row alone"))]
_NOTE = (
    "One client carries out transactions each way in turn, in an order drawn anew for each turn: ten in a row, whose "
    "code and plans are soon in the processor's caches, or one, which finds there what nine others have left. A figure "
    "is the median of the rounds' medians. Every way but one that alone inserts its row learns the job's id. The "
    "peers' process has a row alone of its own to compare with. One statement needs no BEGIN and no COMMIT, which is "
    "how it can cost less than the row alone with both. A send() tells Valkey, too."
)
_BESIDE = "By bellwork.enqueue() in Python it takes {0} the time of the SQL call as a second statement, {1}."


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure w5: one client, all ways in turn, in an order drawn by chance; each round gives a median."""
    arena.empty()
    found: dict[str, dict[str, list[float]]] = {}
    with ways.peers(arena) as peers:
        everybody = ways.ours(arena) | peers
        numbers, dice = count(), Random(5)  # noqa: S311 - the same again
        for _ in range(plan.pick(quick=20, full=100)):
            _turn(everybody, numbers, 1, dice)
        for spell, length in _SPELLS.items():
            turns = plan.pick(quick=100, full=1000) // length
            medians = found.setdefault(spell, {name: [] for name in everybody})
            for _ in range(plan.rounds):
                taken: dict[str, list[float]] = {name: [] for name in everybody}
                for _ in range(turns):
                    for name, each in _turn(everybody, numbers, length, dice).items():
                        taken[name] += each
                for name, each in taken.items():
                    medians[name].append(median(each))
    return _section(found)


def _turn(everybody: dict[str, Way], numbers: Iterator[int], length: int, dice: Random) -> dict[str, list[float]]:
    order = dice.sample([*everybody], len(everybody))
    return {name: [everybody[name](next(numbers)) for _ in range(length)] for name in order}


def _section(found: dict[str, dict[str, list[float]]]) -> Section:
    usual = found[next(iter(_SPELLS))]
    table = [[name, *(figure for medians in found.values() for figure in _figures(name, medians))] for name in usual]
    bars = [bar(name, taken) for name, taken in usual.items()]
    beside = [f"{ratio(medians[ways.DOOR], medians[ways.SECOND])} {spell}" for spell, medians in found.items()]
    notes = [_NOTE, _BESIDE.format(" and ".join(beside), "round by round")]
    return Section("w5", HEADING, _COLUMNS, table, notes, found, [Chart(HEADING, "µs a transaction", bars, "less")])


def _figures(name: str, medians: dict[str, list[float]]) -> tuple[str, str]:
    theirs = [*medians][[*medians].index(ways.ALONE_THERE) :]
    return spread(medians[name]), ratio(medians[name], medians[ways.ALONE_THERE if name in theirs else ways.ALONE])
