"""`bellwork partitions convert`: a plain table becomes a partitioned one, in place, while it is read and written."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from bellwork.db.ledger import record_act
from bellwork.db.partitions.convert import STEPS, BlockedError, NotConvertibleError, Patience, abandon, convert, examine
from bellwork.db.partitions.convert.steps import Step
from bellwork.db.partitions.declared import UnknownTableError, declared
from bellwork.db.partitions.locks import StillBusyError
from bellwork.db.vocabulary import PartitionedTable
from bellwork.ops.cli import output
from bellwork.ops.cli.convert_progress import watched
from bellwork.ops.cli.ready import insist_on_owner, ledger
from bellwork.ops.cli.who import Who, Why, changed_by

if TYPE_CHECKING:
    from bellwork.db.ledger import ChangedBy

Table = Annotated[str, typer.Argument(metavar="TABLE", help="The table as it is declared: content.audit_logs.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("convert")(convert_table)


def convert_table(  # noqa: PLR0913, PLR0917 - an option of a command line is a parameter
    table: Table,
    dry_run: Annotated[
        bool, typer.Option(help="Say what would be done and what is in the way; change nothing.")
    ] = False,
    take_back: Annotated[
        bool, typer.Option("--abandon", help="Take back a conversion that has not got through.")
    ] = False,
    patience: Annotated[
        float,
        typer.Option(min=1, help="Seconds for which a moment alone with the table is asked for, again and again."),
    ] = 600.0,
    others: Annotated[
        float, typer.Option(min=1, max=1000, help="Milliseconds for which others may wait behind each request.")
    ] = 30.0,
    reason: Why = "converted by hand",
    by: Who = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Make a plain table of any size a partitioned one while readers and writers go on.

    Its rows stay where they are, as one partition that ends four weeks ahead or more; the months after it are created.
    Cut off anywhere, it goes on when it is run again.
    """
    how = Patience(patience, others / 1000)
    try:
        chosen = declared(table)
        if dry_run:
            _plan(chosen, as_json)
            return
        with ledger() as conn:
            insist_on_owner(conn, [chosen], plain=True)
        if take_back:
            _take_back(chosen, how, changed_by(by, reason), as_json)
        else:
            _convert(chosen, how, changed_by(by, reason), as_json)
    except (UnknownTableError, NotConvertibleError, BlockedError, StillBusyError) as error:
        output.fail(str(error))


def _plan(table: PartitionedTable, as_json: bool) -> None:
    found = examine(table)
    if as_json:
        output.print_json({"table": table.name, **found.as_data()})
        return
    output.say(
        f"{table.name} is {found.progress.kind}: about {found.progress.rows:,} rows, {found.progress.bytes:,} bytes."
    )
    for step in found.steps:
        output.say(f"  to do: {step.purpose}")
    for obstacle in found.obstacles:
        output.say(f"  in the way: {obstacle}", output.STYLES["fail"])


def _take_back(table: PartitionedTable, patience: Patience, who: ChangedBy, as_json: bool) -> None:
    changed = abandon(table, patience, begun=lambda: _record(table, "partitions convert --abandon", who))
    if as_json:
        output.print_json({"table": table.name, "changed": changed})
    else:
        output.say(
            f"The conversion of {table.name} is taken back." if changed else f"{table.name} was not being converted."
        )


def _convert(table: PartitionedTable, patience: Patience, who: ChangedBy, as_json: bool) -> None:
    begun = partial(_record, table, "partitions convert", who)
    with watched(table):
        done = convert(table, patience, begun=begun, say=lambda step: _tell(step, as_json))
    if as_json:
        output.print_json({"table": table.name, "seconds": done.seconds})
    elif "swap" in done.seconds:
        output.say(f"{table.name} is partitioned; nothing of it was moved.", output.STYLES["ok"])
    else:
        output.say(f"{table.name} was partitioned already.", output.STYLES["ok"])


def _record(table: PartitionedTable, what: str, who: ChangedBy) -> None:
    """Record what takes many transactions before the first of them."""
    with ledger() as conn:
        record_act(conn, who, what, f"table {table.name}")


def _tell(step: Step, as_json: bool) -> None:
    """Say on standard output, or beside the document, what is being done: a step may take minutes."""
    number = [each.name for each in STEPS].index(step.name) + 1
    line = f"{number}/{len(STEPS)}  {step.purpose}"
    if as_json:
        output.warn(line)
    else:
        output.say(line)
