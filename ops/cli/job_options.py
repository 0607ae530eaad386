"""Which jobs are meant, as options of commands: each that is given narrows the choice."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from bellwork.ops.cli.age import a_while


class State(StrEnum):
    """The states that can be asked for; `scheduled` is an available job whose time has not come."""

    SCHEDULED = "scheduled"
    AVAILABLE = "available"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


ByState = Annotated[State | None, typer.Option(help="Only jobs in this state.")]
ByActor = Annotated[str | None, typer.Option(help="Only jobs of this actor.")]
ByQueue = Annotated[str | None, typer.Option(help="Only jobs of this queue.")]
ByError = Annotated[
    str | None,
    typer.Option("--error", help="Only jobs whose last error, or reason, holds this text, in whatever case."),
]
Older = Annotated[
    int | None,
    typer.Option(
        "--older-than", parser=a_while, metavar="AGE", help="Only jobs that ended, or began to wait, so long ago: 2h."
    ),
]
Subject = Annotated[str | None, typer.Option(help="Only jobs with this person's data, as their actors declare it.")]
Tenant = Annotated[str | None, typer.Option(help="Only jobs for this school, as their actors declare it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
