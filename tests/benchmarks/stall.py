"""How long writers wait when partitions are made and retired, and when a plain table is made a partitioned one."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tests.benchmarks import apart, conversions, rotations
from tests.benchmarks.measure import interleaved, say, spread
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from tests.benchmarks.arena import Arena
    from tests.benchmarks.beside import Beside
    from tests.benchmarks.section import Plan

    Found = dict[str, list[Beside]]

HEADING = "How long writers wait while partitions change"
_COLUMNS = ["", "takes s", "longest wait ms", "the longest before ms", "inserts/s", "failed"]
_NOTE = (
    "A writer inserts 1,500 audit rows a second over eight sessions, each at its moment, and what it takes is counted "
    "from that moment; all the while a reader keeps a transaction open for {held:g} s that has read the table. A "
    "rotation makes a month and retires one of {rows:,} rows; Bellwork's archives it and reads it back twice before it "
    "drops it, which is in its seconds; the others drop it. A conversion is one of {plain:,} rows. pg_partman moves "
    "them, and hides them until they are moved. All of it on PostgreSQL {version}."
)
_WITHOUT = f"pg_partman is not among them: it {apart.MISSING}."


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure stall: rotation and conversion, beside pg_partman where it is installed and what is done by hand."""
    held = plan.pick(quick=2, full=5)
    rows, plain = plan.pick(quick=10_000, full=100_000), plan.pick(quick=200_000, full=3_000_000)
    with apart.ground(arena) as there:
        found = _rotations(arena, there, plan.pick(quick=1, full=5), rows, held)
        found |= _conversions(there, plan.pick(quick=1, full=3), plain, held)
        notes = [_NOTE.format(held=held, rows=rows, plain=plain, version=there.version)]
    notes += [] if there.has_partman else [_WITHOUT]
    table = [[name, *_cells(runs)] for name, runs in found.items()]
    values = {name: [asdict(run) for run in runs] for name, runs in found.items()}
    return Section("stall", HEADING, _COLUMNS, table, notes, values)


def _rotations(arena: Arena, there: apart.Ground, rounds: int, rows: int, held: float) -> Found:
    say("rotations beside a writer and a reader")
    with apart.database(there, STORAGE_URL=f"file://{arena.place}/archive") as url:
        apart.migrated()
        rotations.prepare(url, rounds, rows, partman=there.has_partman)
        return interleaved(rotations.ways(url, rounds, held, partman=there.has_partman), rounds)


def _conversions(there: apart.Ground, rounds: int, rows: int, held: float) -> Found:
    say(f"laying out a plain table of {rows:,} rows")
    with apart.database(there, **conversions.MAPPED) as template:
        conversions.prepare(template, rows)
        say("conversions beside a writer and a reader")
        return interleaved(conversions.ways(there, template, held), rounds)


def _cells(runs: list[Beside]) -> list[str]:
    return [
        spread([run.seconds for run in runs], 1),
        spread([run.longest for run in runs]),
        spread([run.usual for run in runs]),
        spread([run.rate for run in runs]),
        f"{sum(sum(run.errors.values()) for run in runs):,}",
    ]
