"""`bellwork acts`: what operators did, to what, why, and what it was before and after."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from bellwork.db import ledger as db_ledger
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger
from bellwork.ops.look import lists

_ON = "Only acts on this: 'job 12', 'queue mail', 'entry KEY', 'partition NAME', 'table NAME', 'rule NAME'."


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(acts)


def acts(
    subject: Annotated[str | None, typer.Option("--on", help=_ON)] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List what operators did: who, what, why, before and after; kept for two years at least."""
    with ledger() as conn:
        found = db_ledger.list_acts(conn, limit, subject)
    if as_json:
        output.print_json(lists.acts(found, limit))
        return
    columns = ["at", "who", "what", "on", "why", "before", "after"]
    output.table(columns, [[words.moment(act["at"]), *_line(act)] for act in found])
    if not found:
        output.say("No act is recorded.")


def _line(act: dict[str, object]) -> list[str]:
    who = str(act["who"]) if act["login"] in {None, act["who"]} else f"{act['who']} (as {act['login']})"
    states = [words.shortened(json.dumps(act[side], default=str)) if act[side] else "-" for side in ("before", "after")]
    return [who, str(act["what"]), str(act["subject"]), str(act["why"]), *states]
