"""`bellwork schedule`: what recurs, what came of each tick and why; pause, resume, skip, run now, another time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bellwork.db import ledger as db_ledger
from bellwork.ops.cli import output, schedule_changes, schedule_views
from bellwork.ops.cli.ready import ledger
from bellwork.ops.look.schedule import as_data
from bellwork.ops.look.schedule import entries as entries_data

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import StoredEntry

app = typer.Typer(no_args_is_help=True)

Key = Annotated[str, typer.Argument(metavar="ENTRY", help="The entry's key, as `bellwork schedule list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest first.")]


@app.command("list")
def list_(
    retired: Annotated[bool, typer.Option("--retired", help="Those that no code declares any more, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the entries: when each is due next, and what came of its last tick."""
    with ledger() as conn:
        entries, last = db_ledger.list_entries(conn, retired=retired), db_ledger.last_ticks(conn)
    if as_json:
        output.print_json(entries_data(entries, last))
    else:
        schedule_views.print_entries(entries, last)


@app.command()
def show(entry: Key, as_json: AsJson = False) -> None:
    """Show everything about an entry: its next five times, its last ticks, and who changed what."""
    with ledger() as conn:
        found = _find(conn, entry)
        ticks, changes = db_ledger.list_ticks(conn, entry, 10), db_ledger.list_changes(conn, entry, 10)
    if as_json:
        data = as_data(found, ticks[0] if ticks else None)
        output.print_json({**data, "ticks": ticks, "changes": changes})
    else:
        schedule_views.print_entry(found, ticks, changes)


@app.command()
def history(
    entry: Key,
    limit: Limit = 50,
    silent: Annotated[bool, typer.Option("--not-run", help="Only ticks that did not run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what came of each past tick of an entry, and why."""
    with ledger() as conn:
        _find(conn, entry)
        ticks = db_ledger.list_ticks(conn, entry, limit, silent=silent)
    if as_json:
        output.print_json({"entry": entry, "ticks": ticks, "limit": limit})
    else:
        schedule_views.print_ticks(ticks, limit)


def _find(conn: Connection, key: str) -> StoredEntry:
    entries = {entry.key: entry for entry in db_ledger.list_entries(conn, retired=True)}
    if key not in entries:
        known = ", ".join(name for name, entry in entries.items() if not entry.retired_at)
        output.fail(f"there is no entry {key!r}; the entries are {known or 'none yet, for no scheduler ever ran'}")
    return entries[key]


schedule_changes.add_to(app)
