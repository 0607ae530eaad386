"""Providers that fail, are busy, or have nothing left of today's budget: their jobs wait, and lose nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.ops import words
from bellwork.ops.look.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.look.picture import Picture

#: Its outages are told by what they do to letters, in a problem of its own.
_MAIL = "mail"


def providers(picture: Picture) -> Iterator[Problem]:
    """Providers in trouble, as those noted it who called them, and budgets that are spent."""
    for each in picture.troubles:
        if each.name == _MAIL and picture.around["mail_hold"]:
            continue
        if each.kind == "open":
            yield Problem(
                "warn",
                f"Provider {each.name!r} is left alone",
                each.said,
                "jobs that need it come back every few seconds and burn no retry; one of them tries now and then",
                "see whether it is up, and what it says; with its first success all go on",
                since=each.since,
            )
        else:
            yield Problem(
                "warn",
                f"Provider {each.name!r} is busy",
                each.said,
                "jobs that were refused come back when it said; fewer call it at once where its concurrency is limited",
                "if it stays so, lower its limits for the fleet or raise yours with the provider",
                since=each.since,
            )
    for budget in picture.budgets:
        if lacking := budget.lacking():
            yield Problem(
                "warn",
                f"Today's budget of provider {budget.provider!r} is spent",
                ", ".join(budget.shown(unit) for unit in lacking),
                f"jobs that need it wait until {words.moment(budget.until)} and burn no retry",
                f"wait, or `bellwork budgets set {budget.provider} --{lacking[0]} MORE`",
            )
