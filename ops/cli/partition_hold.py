"""`bellwork partitions restore|hold|release`: a dropped partition comes back, and one that is needed stays."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from bellwork.db import partitions as registry
from bellwork.db.ledger import record_act
from bellwork.db.partitions import Partition
from bellwork.db.systems import partitioned
from bellwork.db.vocabulary import PartitionedTable
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.progress import Progress
from bellwork.ops.cli.ready import ledger
from bellwork.ops.cli.who import Who, Why, account, changed_by

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
    system, _, own = name.partition(".")
    with ledger() as conn:
        for table in partitioned():
            for partition in registry.expected(conn, table) if table.system == system else ():
                if partition.name == own:
                    return table, partition
    return output.fail(f"there is no partition {name!r}; `bellwork partitions list` shows them")


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
    who = by or account()
    with ledger() as conn:
        registry.sync_registry(conn, table)
        changed = registry.hold(conn, table, found.name, who, reason)
        if changed:
            kept = {"held_by": who, "held_why": reason}
            record_act(conn, changed_by(who, reason), "partitions hold", f"partition {partition}", {}, kept)
    said = f"{partition} is held by {who}: {reason}"
    _answer(as_json, partition, changed, said if changed else f"{partition} is held already, by {found.held_by}.")


def release(partition: Name, reason: Why = "it is needed no more", by: Who = None, as_json: AsJson = False) -> None:
    """Let a held partition go the way of the others again."""
    table, found = find(partition)
    with ledger() as conn:
        held = registry.read(conn, table, found.name)
        changed = registry.release(conn, table, found.name)
        if changed and held:
            kept = {"held_by": held.held_by, "held_why": held.held_why, "held_at": held.held_at}
            record_act(conn, changed_by(by, reason), "partitions release", f"partition {partition}", kept)
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
