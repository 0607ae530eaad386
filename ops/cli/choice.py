"""Which jobs an operator means: those named by id, or all that a filter finds; never everything by accident."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import typer

from bellwork.db.queries.listing import Which, show_job
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.batches import in_batches
from bellwork.ops.cli.consent import FEW, consent
from bellwork.ops.cli.ready import ledger
from bellwork.ops.jobs import SAMPLES, Counted, Found, count_jobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    #: Changes jobs in the caller's transaction and returns which.
    Act = Callable[[Connection, list[int]], list[int]]


#: Actors that a preview names.
_ACTORS = 5


class Changed(NamedTuple):
    """Jobs that were meant and those of them that were changed; by a filter, what it found before, too."""

    meant: list[int]
    changed: list[int]
    counted: Counted | None = None


@dataclass(frozen=True)
class Choice:
    """What was given on the command line; with `yes` nobody is asked, with `dry_run` nothing is changed."""

    ids: list[int] | None
    which: Which
    yes: bool = False
    dry_run: bool = False

    def checked(self, allowed: tuple[str, ...]) -> Choice:
        """Return the choice; a usage error where it is empty, twofold, or asks for states that are not allowed."""
        filtered = any(option is not None for option in self.which)
        if bool(self.ids) == filtered:
            options = "--state, --actor, --queue, --error, --older-than, --subject, --tenant"
            raise typer.BadParameter(f"name the jobs by id, or choose them by {options}; one of the two")
        if self.which.state and self.which.state not in allowed:
            raise typer.BadParameter(f"--state {self.which.state} does not fit; it may be {', '.join(allowed)}")
        return self

    def change(self, states: tuple[str, ...], unless_told: str, deed: str, done: str, act: Act) -> Changed:
        """Let `act` change the jobs, which are in one of `states` or are left alone; returns what came of it.

        Those named by id in one transaction; of those that the filter finds (in the state `unless_told` where it names
        none) a thousand in each, the newest first, until none is left. What is enqueued meanwhile is left alone. What
        a filter finds is told first, and asked about where it is many.
        """
        named: list[int] = list(dict.fromkeys(self.ids or ()))
        if named:
            if self.dry_run:
                with ledger() as conn:
                    found = [job for each in named if (job := show_job(conn, each)) and job["state"] in states]
                actors = Counter(str(job["actor"]) for job in found)
                return Changed(named, [], Counted(actors, [int(job["id"]) for job in found[:SAMPLES]]))
            with ledger() as conn:
                return Changed(named, act(conn, named))
        which = self.which._replace(state=self.which.state or unless_told)
        with ledger() as conn:
            counted = count_jobs(conn, which)
        if self.dry_run or not (counted.count or counted.is_more):
            return Changed([], [], counted)
        if counted.count > FEW or counted.is_more:
            output.warn(previewed(counted))
        consent(f"{deed} {_count(counted)}", counted.count, yes=self.yes, is_more=counted.is_more)
        found_ = Found(which, counted.newest)

        def once(conn: Connection) -> list[int] | None:
            if found_.ended:
                return None
            batch = found_.next(conn)
            return act(conn, batch) if batch else []

        changed = in_batches(done, once, None if counted.is_more else counted.count)
        return Changed(found_.ids, changed, counted)


def previewed(counted: Counted) -> str:
    """Say what a filter finds: how many, of which actors, and which for instance."""
    if not counted.count:
        return "none of the newest jobs, and older ones are not looked at" if counted.is_more else "no job is like that"
    actors = [f"{count:,} of {actor}" for actor, count in counted.actors.most_common(_ACTORS)]
    more = len(counted.actors) - _ACTORS
    others = f", and of {words.plural(more, 'other actor')}" if more > 0 else ""
    return f"{_count(counted)}: {', '.join(actors)}{others}; for instance {', '.join(map(str, counted.samples))}"


def _count(counted: Counted) -> str:
    if not counted.count:
        return "those that are like that, all of them older"
    return f"{words.plural(counted.count, 'job')}{' or more' if counted.is_more else ''}"
