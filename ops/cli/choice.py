"""Which jobs an operator means: those named by id, or all that a filter finds; never everything by accident."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from db.ledger import list_jobs

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: A filter takes at most so many jobs at once; the command says so, and is run again for more.
MOST = 10_000


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

    def find(self, conn: Connection, states: tuple[State, ...]) -> list[int]:
        """Return the ids, each once: as they were given, or of MOST jobs in one of `states` that the filter finds."""
        if self.ids:
            return list(dict.fromkeys(self.ids))
        asked = (self.state,) if self.state else states
        found = [list_jobs(conn, state, self.actor, self.queue, MOST) for state in asked]
        return list(dict.fromkeys(job["id"] for jobs in found for job in jobs))[:MOST]
