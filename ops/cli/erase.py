"""`bellwork erase`: what is known of a person leaves the ledger, the letters and every system's tables."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bellwork.ops.cli import output
from bellwork.ops.cli.progress import Progress
from bellwork.ops.cli.ready import ledger
from bellwork.ops.cli.who import Who, Why, changed_by

if TYPE_CHECKING:
    from bellwork.db.ledger import ChangedBy
    from bellwork.tasks.upkeep import erasing


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(erase)


def erase(  # noqa: PLR0913, PLR0917 - an option of a command line is a parameter
    subject: Annotated[str, typer.Option(help="The person's id, as systems and jobs have it; - reads it from stdin.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would go, and change nothing.")] = False,
    lift: Annotated[
        bool, typer.Option("--lift", help="The person is back: let jobs and letters go again; nothing is restored.")
    ] = False,
    reason: Why = "erased on request",
    by: Who = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Erase a person: jobs, letters and rows; ends with 1 where something was left for another run."""
    from bellwork.tasks.upkeep import erasing  # noqa: PLC0415 - loads the storage

    if lift and dry_run:
        output.fail("--lift changes nothing but whether jobs of the person run; leave --dry-run out")
    person = sys.stdin.readline().strip() if subject == "-" else subject
    if not person.strip():
        output.fail("--subject is empty; give the id of a person")
    with ledger():
        pass  # ready; from here on each step has its own transaction
    who = changed_by(by, reason)
    report = erasing.lift(person, who) if lift else _erased(person, who, dry_run=dry_run)
    if lift and not report.found:
        output.fail("nothing was lifted: no person of this id is marked as erased; look at the id")
    if as_json:
        output.print_json({**asdict(report), "complete": report.is_complete})
    else:
        _say(report)
    if not report.is_complete:
        raise typer.Exit(1)


def _erased(person: str, who: ChangedBy, *, dry_run: bool) -> erasing.Report:
    """Erase, and tell of the parts of the history and of the archives how far it has come."""
    from bellwork.tasks.upkeep import erasing  # noqa: PLC0415 - loads the storage

    told = {"part": Progress("part", "of the history searched"), "archive": Progress("archive", "rewritten")}

    def tell(what: str, done: int, total: int) -> None:
        told[what].total = total
        told[what].tell(done)

    try:
        return erasing.erase(person, who, dry_run=dry_run, tell=tell)
    except KeyboardInterrupt:
        for each in told.values():
            each.clear()
        left = "nothing was changed" if dry_run else "what was erased stays erased, and the same command does the rest"
        output.warn(f"interrupted; {left}")
        raise
    finally:
        for each in told.values():
            each.clear()


def _say(report: erasing.Report) -> None:
    rows = [[each.where, f"{each.count:,}", each.what, each.why or "-"] for each in report.found]
    output.say(f"Person {report.person[:16]}", "bold")
    if rows:
        output.table(["where", "how many", "what", "why"], rows, right=["how many"])
    else:
        output.say("Nothing is known of this person.")
    if report.dry_run:
        output.say("A dry run: nothing was changed.")
    elif not report.is_complete:
        output.say("Something was left; run it again.", "yellow")
