"""`bellwork jobs rename`: jobs of an actor that was renamed or removed go to the one that does their work now."""

from __future__ import annotations

from typing import Annotated

import typer

from db import ledger as books
from db.queries.health import is_registered
from ops import words
from ops.cli import output
from ops.cli.choice import MOST
from ops.cli.ready import ledger
from ops.cli.who import account

Old = Annotated[str, typer.Argument(metavar="OLD", help="The actor whose jobs wait.")]
New = Annotated[str, typer.Argument(metavar="NEW", help="The actor that is to run them, on its own queue.")]
Who = Annotated[str | None, typer.Option("--by", help="Who; the name of your account unless told.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def rename(old: Old, new: New, by: Who = None, as_json: AsJson = False) -> None:
    """Give the waiting jobs of one actor to another. Those whose arguments do not fit it die, and can be retried."""
    with ledger() as conn:
        if not is_registered(conn, new):
            output.fail(f"no worker has ever registered an actor {new!r}; start workers that have it first")
        renamed = books.rename(conn, old, new, by or account(), MOST)
    if as_json:
        output.print_json({"renamed": renamed})
    else:
        output.say(f"{words.plural(len(renamed), 'waiting job')} of {old} renamed to {new}.")
    if len(renamed) == MOST:
        output.warn(f"{MOST:,} jobs are the most that are renamed at once; say it again for the rest")
