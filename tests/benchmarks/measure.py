"""The order of a fair comparison: every contestant in turn, round after round, so that a noisy minute hits them all."""

from __future__ import annotations

from math import ceil
from statistics import median
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3

Result = TypeVar("Result")


def interleaved(contestants: dict[str, Callable[[], Result]]) -> dict[str, list[Result]]:
    """Run A B A B A B; returns each contestant's results, in the order of the rounds."""
    results: dict[str, list[Result]] = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        for name, run in contestants.items():
            results[name].append(run())
    return results


def spread(values: list[float]) -> str:
    """Write median (min-max)."""
    return f"{median(values):,.0f} ({min(values):,.0f}-{max(values):,.0f})"


def ratio(values: list[float], base: list[float]) -> str:
    """Write how many times the base the values are, round by round: median (min-max)."""
    ratios = [value / other for value, other in zip(values, base, strict=True)]
    return f"{median(ratios):.2f}x ({min(ratios):.2f}-{max(ratios):.2f})"


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of all values do not exceed (the nearest rank)."""
    ranked = sorted(values)
    return ranked[ceil(len(ranked) * share) - 1]
