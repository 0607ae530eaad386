"""`bellwork jobs compat`: asked of a new release in a deploy, before its workers start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bellwork.db import ledger as db_ledger
from bellwork.db.labels import missing_labels
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger

if TYPE_CHECKING:
    from bellwork.db.labels import MissingLabel
    from bellwork.workers.compat import Compat

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compat)


def compat(as_json: AsJson = False) -> None:
    """Say which unfinished jobs this release could not run, and which status it writes that the database refuses.

    Exit code 1 where there are any. Nothing is changed.
    """
    from bellwork.workers.actors import load_actors  # noqa: PLC0415 - the other commands do without the engine
    from bellwork.workers.broker import broker  # noqa: PLC0415 - as above
    from bellwork.workers.compat import compare  # noqa: PLC0415 - as above

    load_actors()
    with ledger() as conn:
        found = compare(broker, db_ledger.unfinished(conn))
        labels = missing_labels(conn)
    if as_json:
        trouble = [each._asdict() for each in found.trouble]
        output.print_json({"jobs": found.jobs, "trouble": trouble, "labels": [each._asdict() for each in labels]})
    else:
        _say(found, labels)
    if found.trouble or labels:
        raise typer.Exit(1)


def _say(found: Compat, labels: list[MissingLabel]) -> None:
    for column, label in labels:
        output.say(f"{column} has no label {label!r}, which this release writes: run `bellwork migrate`.", "yellow")
    bad = sum(each.jobs for each in found.trouble)
    looked_at = words.plural(found.jobs, "unfinished job")
    if not bad:
        output.say(f"This release can run all of {looked_at}." if found.jobs else "No job is unfinished.")
        return
    output.say(f"This release cannot run {bad:,} of {looked_at}.", "yellow")
    rows = [(each.actor, each.jobs, each.example, each.reason) for each in found.trouble]
    output.table(("actor", "jobs", "for instance", "why"), rows, right=("jobs", "for instance"))
    output.say("Keep workers of the old release until these are done, or `bellwork jobs rename OLD NEW`.")
