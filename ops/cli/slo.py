"""`bellwork slo`: how fast each kind of jobs that has an objective burns its budget."""

from __future__ import annotations

from typing import Annotated

import typer

from bellwork.db import quick
from bellwork.db.snapshot.objectives import Burning, burning
from bellwork.ops.cli import output
from bellwork.ops.look import objectives

_COLUMNS = ["kind", "queue", "objective", "5 min", "30 min", "1 h", "6 h", "missed", "burns"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(slo)


def slo(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Show how fast each kind of jobs that declares an objective burns its budget; 1 is as fast as it may.

    Jobs count in the minute in which they are done or die, late ones and dead ones as missed: an actor's
    slo=Objective(seconds=60, share=0.99) lets one in a hundred be so.
    """
    with output.unknown_without_postgres(), quick.session() as driver:
        found = burning(driver)
    if as_json:
        output.print_json(objectives.document(found))
    elif found:
        output.table(_COLUMNS, [_row(each) for each in found], right=_COLUMNS[3:8])
        output.say("Times as fast as the objective allows; `missed` of the last six hours' jobs.")
    else:
        output.say("No actor declares an objective: slo=Objective(seconds=60, share=0.99), see docs/authors.md.")


def _row(each: Burning) -> list[str]:
    windows = (each.five_minutes, each.half_hour, each.hour, each.six_hours)
    return [
        each.actor,
        each.queue,
        objectives.promised(each),
        *(objectives.times(each, window) for window in windows),
        f"{each.six_hours.missed:,} of {each.six_hours.total:,}",
        objectives.burns(each),
    ]
