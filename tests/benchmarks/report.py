"""The benchmark's tables, as they are printed and as README.md holds them: what was measured, wins and losses alike."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from tests.benchmarks.measure import percentile, ratio, spread
from tests.benchmarks.words import CAVEATS, HEADINGS, METHOD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.bulk import Enqueued
    from tests.benchmarks.drain import Drained

_PACKAGES = ("dramatiq", "psycopg", "SQLAlchemy", "redis")


class Report:
    """Gathers a table for each measurement, and prints each as soon as it is there."""

    def __init__(self) -> None:
        self._sections: dict[str, str] = {}
        self._load = os.getloadavg()[0]

    def drains(self, name: str, rounds: dict[str, list[Drained]]) -> None:
        """Take in a comparison of drains; the first contestant is the base of the ratios."""
        base, *_ = rounds.values()
        lines = [
            "| | jobs/s | times | CPU µs a job | times | workers | PostgreSQL | Valkey |",
            "|---|--:|--:|--:|--:|--:|--:|--:|",
        ]
        for who, runs in rounds.items():
            cells = [
                who,
                spread([run.rate for run in runs]),
                ratio([run.rate for run in runs], [run.rate for run in base]),
                spread([run.cpu for run in runs]),
                ratio([run.cpu for run in runs], [run.cpu for run in base]),
                spread([run.workers for run in runs]),
                spread([run.postgres for run in runs]),
                spread([run.valkey for run in runs]),
            ]
            lines.append(_row(cells))
        self._add(name, lines)

    def latencies(self, rounds: dict[str, list[tuple[list[float], list[float]]]]) -> None:
        """Take in a comparison of pick-up latencies, in milliseconds."""
        lines = ["| | idle p50 ms | idle p99 ms | 20/s p50 ms | 20/s p99 ms |", "|---|--:|--:|--:|--:|"]
        for who, runs in rounds.items():
            columns = [[run[part] for run in runs] for part in (0, 1)]
            cells = [_percentiles(column, share) for column in columns for share in (0.5, 0.99)]
            lines.append(_row([who, *cells]))
        self._add("latency", lines)

    def bulks(self, rounds: dict[str, list[Enqueued]]) -> None:
        """Take in a comparison of bulk enqueues; the first contestant is the base of the ratios."""
        base, *_ = rounds.values()
        lines = ["| | jobs/s | times | CPU µs a job | times |", "|---|--:|--:|--:|--:|"]
        for who, runs in rounds.items():
            rates, cpus = [run.rate for run in runs], [run.cpu for run in runs]
            ratios = ratio(rates, [run.rate for run in base]), ratio(cpus, [run.cpu for run in base])
            lines.append(_row([who, spread(rates), ratios[0], spread(cpus), ratios[1]]))
        self._add("bulk", lines)

    def write(self, path: Path) -> None:
        """Write README.md, unless only a part was measured."""
        if self._sections.keys() == HEADINGS.keys():
            sections = [f"## {HEADINGS[name]}\n\n{self._sections[name]}" for name in HEADINGS]
            path.write_text("\n\n".join([METHOD, self._circumstances(), *sections, CAVEATS]) + "\n")

    def _add(self, name: str, lines: list[str]) -> None:
        self._sections[name] = "\n".join(lines)
        print(f"\n{HEADINGS[name]}\n{self._sections[name]}")  # noqa: T201 - a benchmark is run to be read

    def _circumstances(self) -> str:
        packages = ", ".join(f"{package} {version(package)}" for package in _PACKAGES)
        when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        load = f"load average {self._load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end"
        machine = f"{os.cpu_count()} shared cores ({platform.machine()}, {platform.system()})"
        return f"Measured {when} on {machine}; {load}. Python {platform.python_version()}, {packages}."


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _percentiles(rounds: list[list[float]], share: float) -> str:
    """Write the percentile over all rounds' samples, and its range over the rounds."""
    every = [percentile(samples, share) for samples in rounds]
    together = percentile([sample for samples in rounds for sample in samples], share)
    return f"{together:,.1f} ({min(every):,.1f}-{max(every):,.1f})"
