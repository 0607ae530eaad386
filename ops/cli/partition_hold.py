"""`bellwork partitions restore|hold|release`: a dropped partition comes back, and one that is needed stays."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from bellwork.db import partitions as registry
from bellwork.db.partitions import Partition
from bellwork.db.vocabulary import PartitionedTable
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.progress import Progress
from bellwork.ops.cli.ready import ledger
from bellwork.ops.cli.who import Who, Why, account, changed_by
from bellwork.ops.partition_holds import find_partition, hold_partition, release_partition

if TYPE_CHECKING:
    from collections.abc import Iterator

Name = Annotated[str, typer.Argument(metavar="PARTITION", help="For instance content.audit_logs_2019_01.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (restore, hold, release):
        app.command()(command)


def find(name: str) -> tuple[PartitionedTable, Partition]:
    """Find a partition by its system and name; ends the command where there is none."""
    with ledger() as conn:
        found = find_partition(conn, name)
    return found or output.fail(f"there is no partition {name!r}; `bellwork partitions list` shows them")


def restore(partition: Name, reason: Why, by: Who = None, as_json: AsJson = False) -> None:
    """Put a dropped partition back from its archive; it is held until it is released."""
    from bellwork.tasks.upkeep.archive.bring_back import bring_back  # noqa: PLC0415 - loads the work only when asked to

    with _words():
        table, found = find(partition)
        progress = Progress("row", "restored", found.rows)
        beside = bring_back(table, found, by or account(), reason, progress.tell)
        progress.clear()
    if as_json:
        output.print_json({"partition": partition, "rows": found.rows, "attached": not beside, "remark": beside})
        return
    place = beside or f"It is part of {table.name} again"
    output.say(f"{words.plural(found.rows or 0, 'row')} restored. {place}.")
    output.say(f"Held by {by or account()}; `bellwork partitions release {partition}` lets it go again.")


def hold(partition: Name, reason: Why, by: Who = None, as_json: AsJson = False) -> None:
    """Keep a partition from leaving, whatever its age, until it is released."""
    table, found = find(partition)
    who = changed_by(by, reason)
    with ledger() as conn:
        changed = hold_partition(conn, table, found.name, who)
    said = f"{partition} is held by {who.who}: {reason}"
    _answer(as_json, partition, changed, said if changed else f"{partition} is held already, by {found.held_by}.")


def release(partition: Name, reason: Why = "it is needed no more", by: Who = None, as_json: AsJson = False) -> None:
    """Let a held partition go the way of the others again."""
    table, found = find(partition)
    with ledger() as conn:
        changed = release_partition(conn, table, found.name, changed_by(by, reason))
    _answer(as_json, partition, changed, f"{partition} is {'held no more' if changed else 'not held'}.")


def _answer(as_json: bool, partition: str, changed: bool, said: str) -> None:
    if as_json:
        output.print_json({"partition": partition, "changed": changed})
    else:
        output.say(said)


@contextmanager
def _words() -> Iterator[None]:
    """Turn what stops a restoration into the one line of a failure."""
    from bellwork.tasks.providers.errors import ProviderFailure  # noqa: PLC0415 - as above

    try:
        yield
    except (ProviderFailure, registry.CannotRestoreError, registry.StillBusyError) as error:
        output.fail(str(error))
