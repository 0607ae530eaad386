"""`bellwork failures list`: what jobs die of and are retried for, in groups, read with the driver alone."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bellwork.db.queries.failures import NEWEST, Failure, failures
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.looking import looking
from bellwork.ops.look import lists

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
_COLUMNS = ("fingerprint", "actor", "exception", "raised in", "dead", "retrying", "first", "last", "example")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list")(list_)


def list_(
    actor: Annotated[str | None, typer.Option(help="Only failures of this actor.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=2 * NEWEST, help="At most so many groups.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what jobs died of or are retried for, by actor, exception and place; what failed last comes first.

    Looked at are the newest 2,000 dead jobs, and as many that wait for another try.
    """
    with looking() as driver:
        found = [each for each in failures(driver) if actor in {None, each.actor}]
    if as_json:
        output.print_json(lists.failures([lists.failure(each) for each in found], limit, NEWEST))
        return
    if not found:
        output.say("Nothing failed that is still known: no job is dead, and none waits for another try.")
        return
    output.table(_COLUMNS, [_row(each) for each in found[:limit]], right=("dead", "retrying", "example"))
    if len(found) > limit:
        output.say(f"The newest {limit} of {len(found)} are shown; --limit shows more.")


def _row(each: Failure) -> list[Any]:
    return [
        each.fingerprint,
        each.actor,
        words.shortened(each.exception, 40) or "-",
        each.function or "-",
        f"{each.dead:,}",
        f"{each.retrying:,}",
        words.moment(each.first_at),
        words.moment(each.last_at),
        each.newest,
    ]
