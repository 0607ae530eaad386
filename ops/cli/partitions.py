"""`bellwork partitions`: what stands, what is archived, what is next; rotate now, and read archives back."""

from __future__ import annotations

from typing import Annotated

import typer

from bellwork.db import partitions as registry
from bellwork.db.ledger import record_act
from bellwork.db.partitions import UnknownTableError, declared, partitions
from bellwork.db.systems import partitioned
from bellwork.db.vocabulary import PartitionedTable
from bellwork.ops.cli import convert, output, partition_hold, partition_views
from bellwork.ops.cli.partition_hold import find
from bellwork.ops.cli.progress import Progress
from bellwork.ops.cli.ready import insist_on_owner, ledger
from bellwork.ops.cli.who import Who, Why, changed_by
from bellwork.ops.look.partitions import tables

app = typer.Typer(no_args_is_help=True)

Table = Annotated[str | None, typer.Argument(metavar="[TABLE]", help="One table, for instance content.audit_logs.")]
AnyName = Annotated[str | None, typer.Argument(metavar="[PARTITION]", help="One partition; every archive unless told.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def list_(table: Table = None, as_json: AsJson = False) -> None:
    """List the partitions of each declared table: ranges, state, rows, who holds them, where their archives are."""
    with ledger() as conn:
        found = {each: (registry.expected(conn, each), registry.horizon(conn, each)) for each in _chosen(table)}
    if as_json:
        output.print_json(tables(found))
        return
    for each, (rows, ahead) in found.items():
        partition_views.print_list(each, rows, ahead)


@app.command()
def plan(table: Table = None, as_json: AsJson = False) -> None:
    """Say what a rotation would do now; nothing is changed."""
    with ledger() as conn:
        found = {each: (registry.missing_ahead(conn, each), registry.expected(conn, each)) for each in _chosen(table)}
    if as_json:
        data = [
            {"table": each.name, "create": missing, "leaving": [row.name for row in rows if row.is_leaving]}
            for each, (missing, rows) in found.items()
        ]
        output.print_json({"tables": data})
        return
    for each, (missing, rows) in found.items():
        partition_views.print_plan(each, missing, rows)


@app.command()
def rotate(table: Table = None, reason: Why = "rotated by hand", by: Who = None, as_json: AsJson = False) -> None:
    """Rotate here and now, as the calendar does each night; exit code 1 where some partition was stopped."""
    from bellwork.tasks.upkeep.rotation import rotate as run  # noqa: PLC0415 - loads the work only when asked to

    with ledger() as conn:
        chosen = _chosen(table)
        insist_on_owner(conn, chosen)
        for each in chosen:
            record_act(conn, changed_by(by, reason), "partitions rotate", f"table {each.name}")
    progress = Progress("partition", "taken out")

    def told(place: int, total: int, name: str) -> None:
        progress.total = total
        progress.tell(place, f"now {name}")

    done = run(chosen, told)
    progress.clear()
    if as_json:
        output.print_json({"created": done.created, "dropped": done.dropped, "stopped": done.troubles})
    else:
        output.say(f"Created: {', '.join(done.created) or 'none'}. Dropped: {', '.join(done.dropped) or 'none'}.")
        for name, why in sorted(done.troubles.items()):
            output.say(f"Stopped: {name}: {why}", output.STYLES["warn"])
    if done.troubles:
        raise typer.Exit(1)


@app.command()
def verify(
    partition: AnyName = None,
    drill: Annotated[bool, typer.Option(help="Put the rows into a temporary table, too, and compare them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read archives back and compare them with the registry; exit code 1 where one is not what it should be."""
    from bellwork.tasks.upkeep.archive.audit import audit  # noqa: PLC0415 - loads the work only when asked to

    with ledger() as conn:
        chosen = [find(partition)] if partition else [(t, p) for t in partitioned() for p in partitions(conn, t)]
    found = audit([pair for pair in chosen if pair[1].url], drill=drill)
    if as_json:
        output.print_json({"archives": found})
    else:
        for name, wrong in found.items():
            output.say(f"{name}: {wrong or 'as it should be'}", output.STYLES["fail" if wrong else "ok"])
        if not found:
            output.say("There is no archive yet.")
    if any(found.values()):
        raise typer.Exit(1)


partition_hold.add_to(app)
convert.add_to(app)


def _chosen(name: str | None) -> list[PartitionedTable]:
    try:
        return [declared(name)] if name else list(partitioned())
    except UnknownTableError as error:
        output.fail(str(error))
