"""Distributions of waits and run times, as counts between fixed bounds; quantiles are read between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Upper bounds in seconds; one bucket more holds what is longer.
BOUNDS = (
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
    120.0,
    300.0,
    900.0,
    1800.0,
    3600.0,
)
SIZE = len(BOUNDS) + 1


def quantile(share: float, counts: Sequence[float]) -> float | None:
    """Return a quantile of what was counted; None where nothing was.

    Within a bucket it is interpolated as Prometheus does (histogram_quantile): evenly between the bounds, from zero in
    the first one; of what is longer than the last bound, that bound is returned.
    """
    total = sum(counts)
    if total <= 0:
        return None
    rank, below = share * total, 0.0
    for place, count in enumerate(counts):
        if count and below + count >= rank:
            if place == len(BOUNDS):
                break
            lower = BOUNDS[place - 1] if place else 0.0
            return lower + (BOUNDS[place] - lower) * (rank - below) / count
        below += count
    return BOUNDS[-1]
