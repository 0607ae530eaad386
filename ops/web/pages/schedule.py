"""The schedule, and one entry: when it is due, what became of each tick and why, and who changed what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db import ledger as db_ledger
from bellwork.db.outdated import through_migrations
from bellwork.ops.look import schedule as of_schedule
from bellwork.ops.web.asked import NotKnown, ledger
from bellwork.ops.web.look import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import HTMLResponse

#: So many of the newest ticks stand beside an entry in the list; on its own page so many ticks, and changes.
BESIDE, TICKS, CHANGES = 14, 100, 20


@through_migrations
def schedule(request: Request) -> HTMLResponse:
    """Show every entry, those in trouble first: when it is due next, what became of its last ticks, how it stands."""
    with ledger() as conn:
        entries, ticks = db_ledger.list_entries(conn), db_ledger.recent_ticks(conn, BESIDE)
    rows = [(entry, of_schedule.state(entry), ticks.get(entry.key, [])) for entry in entries]
    rows.sort(key=lambda row: (not of_schedule.is_odd(*row), row[0].next_tick, row[0].key))
    return page(request, "schedule.html", title="Schedule", rows=rows)


@through_migrations
def entry(request: Request) -> HTMLResponse:
    """Show one entry: its rule, its next five times, what became of its ticks and why, and who changed what."""
    key = request.path_params["key"]
    with ledger() as conn:
        found = {each.key: each for each in db_ledger.list_entries(conn, retired=True)}.get(key)
        if found is None:
            msg = f"There is no entry {key!r}."
            raise NotKnown(msg)
        ticks, changes = db_ledger.list_ticks(conn, key, TICKS), db_ledger.list_changes(conn, key, CHANGES)
    return page(
        request,
        "entry.html",
        title=key,
        entry=found,
        state=of_schedule.state(found),
        times=of_schedule.next_times(found),
        ticks=ticks,
        changes=changes,
    )
