"""Disks that take no files; providers that fail, are busy, or have nothing left of today's budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.ops import words
from bellwork.ops.look.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.look.picture import Picture

#: Its outages are told by what they do to letters, in a problem of its own.
_MAIL = "mail"
#: What comes of a full disk, by the setting that leads to it.
_LOST = {
    "STORAGE_URL": "jobs that store files fail and are tried again, until their tries are used up",
    "SMTP_URL": "letters wait, and none is given up",
}


def disks(picture: Picture) -> Iterator[Problem]:
    """Disks of the workers that take nothing of what they store, as the workers found by trying."""
    full = [each for each in picture.troubles if each.kind == "full"]
    for setting in dict.fromkeys(each.name.partition(" ")[0] for each in full):
        mine = [each for each in full if each.name.partition(" ")[0] == setting]
        yield Problem(
            "fail",
            f"The disk of {setting} takes no files",
            "; ".join(each.said for each in mine),
            _LOST.get(setting, ""),
            "make room there; what is tried again goes on by itself, `bellwork failures list` shows what died",
            "StorageFull",
            min(each.since for each in mine),
            "/workers",
        )


def providers(picture: Picture) -> Iterator[Problem]:
    """Providers in trouble, as those noted it who called them, and budgets that are spent."""
    for each in picture.troubles:
        if each.kind == "full":
            continue
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
