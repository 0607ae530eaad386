"""The sections of what is drained: jobs a second and CPU a job, of every contestant, beside stock Dramatiq's."""

from __future__ import annotations

from dataclasses import asdict
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks.campaign import LOADS, campaign
from tests.benchmarks.measure import ratio, spread
from tests.benchmarks.section import Bar, Chart, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.drain import Drained
    from tests.benchmarks.section import Plan

    Runs = Mapping[str, list[Drained]]

#: Whom the ratios compare with.
BASE = "Dramatiq"
OURS = "Bellwork"
HEADINGS = {
    "w1": "Jobs that do nothing",
    "w2": "A job advances one row",
    "w3": "Six stages advance a row, each sends the next (a stage is a job)",
}
_TITLES = {"w1": "Jobs that do nothing", "w2": "A job advances one row", "w3": "Six stages advance a row"}
_COLUMNS = ["", "jobs/s", "times", "CPU µs a job", "times", "workers", "PostgreSQL", "Valkey"]


def drains(key: str) -> Callable[[Arena, Plan], Section]:
    """Make the measurement of a load: w1, w2 or w3."""

    def measure(arena: Arena, plan: Plan) -> Section:
        return section(key, campaign(arena, plan).drains[LOADS[key]])

    return measure


def section(key: str, runs: Runs) -> Section:
    """Write down what everybody drained; the ratios compare the runs of one round with Dramatiq's."""
    rows = [_row(name, runs[name], runs[BASE]) for name in runs]
    values = {name: [{**asdict(run), "cpu": run.cpu} for run in runs[name]] for name in runs}
    rates = [bar(name, [run.rate for run in runs[name]]) for name in runs]
    cpus = [bar(name, [run.cpu for run in runs[name]]) for name in runs]
    charts = [
        Chart(_TITLES[key], "jobs a second", rates),
        Chart(_TITLES[key], "µs of CPU a job: workers, PostgreSQL and Valkey", cpus, "less"),
    ]
    return Section(key, HEADINGS[key], _COLUMNS, rows, values=values, charts=charts)


def bar(name: str, values: list[float]) -> Bar:
    """Make the bar of a contestant."""
    return Bar(name, median(values), min(values), max(values), ours=name.startswith(OURS))


def _row(name: str, runs: list[Drained], base: list[Drained]) -> list[str]:
    rates, cpus = [run.rate for run in runs], [run.cpu for run in runs]
    return [
        name,
        spread(rates),
        ratio(rates, [run.rate for run in base]),
        spread(cpus),
        ratio(cpus, [run.cpu for run in base]),
        spread([run.workers for run in runs]),
        spread([run.postgres for run in runs]),
        spread([run.valkey for run in runs]),
    ]
