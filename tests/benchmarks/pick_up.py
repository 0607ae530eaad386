"""The section of what a job waits from its send to its first line: at 20 jobs a second, and after ten idle seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks import latency
from tests.benchmarks.campaign import campaign
from tests.benchmarks.comparison import bar
from tests.benchmarks.measure import percentile, spread
from tests.benchmarks.section import Chart, Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "From send to the first line of the job"
_COLUMNS = ["", "20/s p50 ms", "20/s p99 ms", "20/s longest ms", "after 10 s idle ms"]


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure w4: the steady part in the shared rounds, the idle one with all fleets side by side."""
    return section(campaign(arena, plan).steady, latency.after_idleness(arena, plan))


def section(steady: Mapping[str, list[list[float]]], idle: Mapping[str, list[float]]) -> Section:
    """Write down the milliseconds: steady ones round by round, idle ones probe by probe."""
    rows = [
        [
            name,
            *(spread([percentile(samples, share) for samples in steady[name]], 1) for share in (0.5, 0.99, 1)),
            spent,
        ]
        for name in steady
        for spent in [spread(idle[name], 1)]
    ]
    values = {name: {"steady_ms": steady[name], "idle_ms": idle[name]} for name in steady}
    medians = [bar(name, [percentile(samples, 0.5) for samples in steady[name]]) for name in steady]
    charts = [
        Chart("Send to first line, 20 jobs a second", "ms, the middle one", medians, "less"),
        Chart("Send to first line, after 10 s idle", "ms", [bar(name, idle[name]) for name in idle], "less"),
    ]
    return Section("w4", HEADING, _COLUMNS, rows, values=values, charts=charts)
