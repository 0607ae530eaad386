"""Percentages with two decimals: parts of a whole add to 100.00, and of nothing there are none."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bellwork.tasks.companion.numbers.rounding import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

_WHOLE = 100_00


def shares(counts: Sequence[int]) -> list[Decimal | None]:
    """Return the percentage of each part, rounded by the largest remainder (of equal ones, the first goes up)."""
    total = sum(counts)
    if not total:
        return [None] * len(counts)
    down = [count * _WHOLE // total for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda place: (-(counts[place] * _WHOLE % total), place))
    for place in by_remainder[: _WHOLE - sum(down)]:
        down[place] += 1
    return [Decimal(each).scaleb(-2) for each in down]


def share(part: int, whole: int) -> Decimal | None:
    """Return what percentage a part is, rounded by itself; None of nothing."""
    return percent(part, whole) if whole else None
