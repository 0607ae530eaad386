"""`bellwork jobs rename`: jobs of an actor that was renamed or removed go to the one that does their work now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bellwork.db import ledger as db_ledger
from bellwork.db.queries.health import is_registered
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.batches import in_batches
from bellwork.ops.cli.ready import ledger
from bellwork.ops.cli.who import Who, Why, changed_by
from bellwork.ops.jobs import BATCH

if TYPE_CHECKING:
    from sqlalchemy import Connection

Old = Annotated[str, typer.Argument(metavar="OLD", help="The actor whose jobs wait.")]
New = Annotated[str, typer.Argument(metavar="NEW", help="The actor that is to run them, on its own queue.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rename)


def rename(old: Old, new: New, reason: Why = "renamed by an operator", by: Who = None, as_json: AsJson = False) -> None:
    """Give the waiting jobs of one actor to another. Those whose arguments do not fit it die, and can be retried."""
    with ledger() as conn:
        if not is_registered(conn, new):
            output.fail(f"no worker has ever registered an actor {new!r}; start workers that have it first")
    who = changed_by(by, reason)

    def once(conn: Connection) -> list[int] | None:
        if changed := db_ledger.rename(conn, old, new, who.who, BATCH):
            jobs = [str(job) for job in changed]
            db_ledger.record_act(conn, who, "jobs rename", "jobs", dict.fromkeys(jobs, old), dict.fromkeys(jobs, new))
        return changed or None

    renamed = sorted(in_batches("renamed", once))
    if as_json:
        output.print_json({"renamed": renamed})
    else:
        output.say(f"{words.plural(len(renamed), 'waiting job')} of {old} renamed to {new}.")
