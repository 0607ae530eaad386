"""What a measurement is asked for and what it returns: a plan goes in, a section comes out, as a table and as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Plan:
    """How much is measured: `rounds` turns of every contestant, and jobs enough for about `seconds` of each."""

    quick: bool
    rounds: int
    seconds: float

    def pick(self, *, quick: int, full: int) -> int:
        """Return the number of jobs, samples or turns that fits this plan."""
        return quick if self.quick else full


QUICK = Plan(quick=True, rounds=3, seconds=0.5)
FULL = Plan(quick=False, rounds=5, seconds=3.0)


@dataclass(frozen=True)
class Bar:
    """One bar of a chart: the median with its extremes; `ours` is drawn in the accent colour."""

    name: str
    median: float
    low: float
    high: float
    ours: bool = False


@dataclass(frozen=True)
class Chart:
    """A group of bars that share an axis; `better` says which way is good, `more` or `less`."""

    title: str
    unit: str
    bars: list[Bar]
    better: str = "more"


@dataclass(frozen=True)
class Section:
    """One measurement: a heading, a table whose first column names the contestant, notes below it, and raw values.

    `values` holds what JSON can hold: {"Bellwork, short lane": {"jobs_per_second": [every round], …}, …}, without
    rounding. `columns` has one heading more than a row has figures; the first one is usually empty.
    """

    key: str
    heading: str
    columns: list[str]
    rows: list[list[str]]
    notes: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    charts: list[Chart] = field(default_factory=list)
