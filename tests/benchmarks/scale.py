"""How the ledger scales: jobs a second by worker processes, and by how long the backlog is; what urgent jobs wait."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.benchmarks import bellwork, laid_out
from tests.benchmarks.measure import percentile, say
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from tests.benchmarks.arena import Arena
    from tests.benchmarks.bellwork import Bellwork
    from tests.benchmarks.laid_out import Drained
    from tests.benchmarks.section import Plan

HEADING = "By worker processes and by the length of the backlog"
_COLUMNS = [
    "",
    "jobs/s",
    "first fifth",
    "last fifth",
    "CPU µs a job: workers",
    "PostgreSQL",
    "an urgent job waits, p50 ms",
    "p99 ms",
]
_NOTE = (
    "Jobs that do nothing, laid into the ledger before; the due set is topped up as often as a scheduler does. The "
    f"fifths are fifths of the time, which ends after {laid_out.PATIENCE:g} s if the backlog does not. Meanwhile a job "
    f"of a higher priority is sent to the same queue every {laid_out.APART * 1000:g} ms."
)
#: Worker processes of eight threads; two of them meet backlogs of every length.
PROCESSES, TWO = (1, 2, 4, 8), 2
BACKLOGS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
#: Ten million are laid out for the short lane alone: it takes PostgreSQL minutes.
_BOTH_LANES = 1_000_000


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure the scaling, once each: there are too many of them for rounds."""
    found: dict[str, Drained] = {}
    lanes = bellwork.lanes(arena)
    for processes in PROCESSES[: plan.pick(quick=2, full=4)]:
        arena.empty()
        with bellwork.fleet(arena, [lane.queue for lane in lanes], processes=processes) as fleet:
            for lane, count in _loads(lanes, plan, processes):
                say(f"{lane.name}: {count:,} jobs for {processes} processes")
                laid_out.lay(arena, lane, count)
                name = f"{lane.name}, {count:,} jobs for {processes} x 8 threads"
                found[name] = laid_out.work_off(arena, fleet, lane, count, urgent=True)
    table = [[name, *_cells(drained)] for name, drained in found.items()]
    values: dict[str, Any] = {name: asdict(drained) for name, drained in found.items()}
    return Section("scale", HEADING, _COLUMNS, table, [_NOTE], values)


def _loads(lanes: list[Bellwork], plan: Plan, processes: int) -> list[tuple[Bellwork, int]]:
    usual = BACKLOGS[plan.pick(quick=1, full=2)]
    lengths = BACKLOGS[: plan.pick(quick=2, full=5)] if processes == TWO else (usual,)
    return [(lane, count) for count in lengths for lane in lanes[: 2 if count <= _BOTH_LANES else 1]]


def _cells(drained: Drained) -> list[str]:
    urgent = [f"{percentile(drained.urgent, share):,.1f}" if drained.urgent else "-" for share in (0.5, 0.99)]
    figures = [drained.rate, drained.first, drained.last, drained.workers, drained.postgres]
    return [*(f"{value:,.0f}" for value in figures), *urgent]
