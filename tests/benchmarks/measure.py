"""The order of a fair comparison, and its figures: contestants in turn, round after round, median with extremes."""

from __future__ import annotations

import sys
import time
from math import ceil
from statistics import median
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

#: Looking for progress costs a few microseconds, and no server anything.
GLANCE = 0.005
PATIENCE = 120.0
_BEGAN = time.monotonic()

Result = TypeVar("Result")


def interleaved(contestants: dict[str, Callable[[], Result]], rounds: int) -> dict[str, list[Result]]:
    """Run A B A B A B, so that a noisy minute hits all; returns what each returned, in the order of the rounds."""
    results: dict[str, list[Result]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            results[name].append(run())
    return results


def spread(values: list[float], digits: int = 0) -> str:
    """Write median (min-max)."""
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"


def ratio(values: list[float], base: list[float]) -> str:
    """Write how many times the base the values are, round by round: median (min-max)."""
    ratios = [value / other for value, other in zip(values, base, strict=True)]
    return f"{median(ratios):.2f}x ({min(ratios):.2f}-{max(ratios):.2f})"


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of all values do not exceed (the nearest rank)."""
    ranked = sorted(values)
    return ranked[ceil(len(ranked) * share) - 1]


def wait_until(fact: Callable[[], bool], explain: Callable[[], str] = str) -> None:
    """Return as soon as `fact()` is true; AssertionError, with the explanation, after two minutes."""
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, f"not true after {PATIENCE:g} s; {explain()}"
        time.sleep(GLANCE)


def say(line: str) -> None:
    """Tell whoever waits what is being measured; the report alone goes to standard output."""
    sys.stderr.write(f"bench: {time.monotonic() - _BEGAN:4.0f} s  {line}\n")
    sys.stderr.flush()
