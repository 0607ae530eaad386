"""Which jobs an operator means: those named by id, or all that a filter finds; never everything by accident."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from bellwork.db.ledger import Which
from bellwork.ops.cli.batches import in_batches
from bellwork.ops.cli.ready import ledger
from bellwork.ops.jobs import Found

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    #: Changes jobs in the caller's transaction and returns which.
    Act = Callable[[Connection, list[int]], list[int]]


class State(StrEnum):
    """The states that can be asked for; `scheduled` is an available job whose time has not come."""

    SCHEDULED = "scheduled"
    AVAILABLE = "available"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Choice:
    """What was given on the command line."""

    ids: list[int] | None
    state: State | None
    actor: str | None
    queue: str | None

    def checked(self, allowed: tuple[State, ...]) -> Choice:
        """Return the choice; a usage error where it is empty, twofold, or asks for states that are not allowed."""
        filtered = any(option is not None for option in (self.state, self.actor, self.queue))
        if bool(self.ids) == filtered:
            raise typer.BadParameter("name the jobs by id, or choose them by --state, --actor, --queue; one of the two")
        if self.state and self.state not in allowed:
            raise typer.BadParameter(f"--state {self.state} does not fit; it may be {', '.join(allowed)}")
        return self

    def change(self, unless_told: str, done: str, act: Act) -> tuple[list[int], list[int]]:
        """Let `act` change the jobs, and return which were meant and which it changed.

        Those named by id in one transaction; of those that the filter finds (in the state `unless_told` where it names
        none) a thousand in each, the newest first, until none is left. What is enqueued meanwhile is left alone.
        """
        meant: list[int] = list(dict.fromkeys(self.ids or ()))
        if meant:
            with ledger() as conn:
                return meant, act(conn, meant)
        found = Found(Which(self.state or unless_told, self.actor, self.queue))

        def once(conn: Connection) -> list[int] | None:
            batch = found.next(conn)
            return act(conn, batch) if batch else None

        changed = in_batches(done, once)
        return found.ids, changed
