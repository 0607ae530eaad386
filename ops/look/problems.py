"""What is wrong, the most harmful first: since when, why, what comes of it, and the safe next step.

`bellwork status` and the dashboard come to one verdict by it. What keeps everything from being known or moving stands
before any queue, and a cause before what it causes. What calls for somebody now ('fail') is what a rule of
docs/monitoring/alerts.yml pages for, and Redis, without which every job comes late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.ops import words
from bellwork.ops.look.backlog import forgotten_pauses, late_queues, stopped_kinds
from bellwork.ops.look.beneath import beneath, ending_processes
from bellwork.ops.look.beside import beside
from bellwork.ops.look.burnt import burnt_budgets
from bellwork.ops.look.ground import processes, servers
from bellwork.ops.look.outside import disks, providers

if TYPE_CHECKING:
    from bellwork.ops.look.picture import Picture
    from bellwork.ops.look.problem import Problem

#: In this order, where they are as grave.
_KINDS = (
    *(servers, processes, disks, providers, stopped_kinds, ending_processes, late_queues),
    *(burnt_budgets, beside, beneath, forgotten_pauses),
)


def problems(picture: Picture) -> list[Problem]:
    """List what is wrong, the most harmful first."""
    found = [problem for kind in _KINDS for problem in kind(picture)]
    return sorted(found, key=lambda problem: problem.kind != "fail")


def verdict(picture: Picture, found: list[Problem]) -> tuple[str, str]:
    """Return 'ok', 'warn' or 'fail', and one sentence: the worst that is; or that all is well, and what shows it."""
    if found:
        first = found[0]
        more = f" And {words.plural(len(found) - 1, 'more problem')}." if len(found) > 1 else ""
        return first.kind, f"{': '.join(filter(None, (first.what, first.cause)))}.{more}"
    lives = [("the newest job was finished", picture.last_finished), ("the last tick was decided", picture.last_tick)]
    shown = [f"{what} {words.duration((picture.at - at).total_seconds())} ago" for what, at in lives if at]
    alive = f"{words.plural(picture.workers, 'worker')} alive"
    return "ok", f"All is well: {', '.join([alive, *shown])}."
