"""Kinds of jobs that miss what they promise faster than they may."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from bellwork.ops import words
from bellwork.ops.look.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.look.picture import Picture


def burnt_budgets(picture: Picture) -> Iterator[Problem]:
    """Kinds whose budget burns, those first that burn fast."""
    for each in sorted(picture.burning, key=lambda each: not each.is_fast):
        if not (each.is_fast or each.is_slow):
            continue
        window, length = (each.hour, "last hour") if each.is_fast else (each.six_hours, "last six hours")
        yield Problem(
            "fail" if each.is_fast else "warn",
            f"{each.actor} misses its objective: {100 * each.share:.6g} % within {words.duration(each.seconds)}",
            f"{window.missed:,} of {words.plural(window.total, 'job')} of the {length} came later or died",
            f"its budget burns {each.rate(window) or 0:.0f} times as fast as it may",
            f"`bellwork slo`; `bellwork jobs list --actor {quote(each.actor)}` shows what waits and what died",
            "SloFastBurn" if each.is_fast else "SloSlowBurn",
            leads=f"/queues/{each.queue}",
        )
