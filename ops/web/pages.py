"""The pages: what recurs, one entry with what came of each tick and why, and the tables by time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db import ledger
from bellwork.db import partitions as registry
from bellwork.db.engine import transaction
from bellwork.db.outdated import through_migrations
from bellwork.db.systems import partitioned
from bellwork.ops.look import partitions as of_partitions
from bellwork.ops.look import schedule as of_schedule
from bellwork.ops.web.look import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import HTMLResponse

#: So many of the newest ticks and changes stand on an entry's page.
TICKS, CHANGES = 100, 20


class NotKnown(LookupError):  # noqa: N818 - it is the answer to a question
    """What was asked for is not in the ledger; the text says what is."""


@through_migrations
def schedule(request: Request) -> HTMLResponse:
    """Show every entry: when it is due next, what came of its last tick, and how it stands."""
    with transaction() as conn:
        entries, last = ledger.list_entries(conn), ledger.last_ticks(conn)
    rows = [(entry, of_schedule.state(entry), last.get(entry.key)) for entry in entries]
    return page(request, "schedule.html", title="What recurs", rows=rows)


@through_migrations
def entry(request: Request) -> HTMLResponse:
    """Show one entry: its rule, its next five times, what came of its ticks and why, and who changed what."""
    key = request.path_params["key"]
    with transaction() as conn:
        found = {each.key: each for each in ledger.list_entries(conn, retired=True)}.get(key)
        if found is None:
            msg = f"There is no entry {key!r}."
            raise NotKnown(msg)
        ticks, changes = ledger.list_ticks(conn, key, TICKS), ledger.list_changes(conn, key, CHANGES)
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


@through_migrations
def partitions(request: Request) -> HTMLResponse:
    """Show the partitions of each declared table: what stands, what leaves when, what is archived where."""
    with transaction() as conn:
        tables = [
            {
                "name": table.name,
                "rule": of_partitions.rule(table),
                "reach": of_partitions.reach(table, registry.horizon(conn, table)),
                "rows": [
                    {**of_partitions.as_data(row), "remark": of_partitions.remark(row)}
                    for row in registry.expected(conn, table)
                ],
            }
            for table in partitioned()
        ]
    return page(request, "partitions.html", title="Tables by time", tables=tables)
