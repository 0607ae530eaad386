"""Failures, not one by one but by what jobs failed of; a group is retried one, ten, then all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bellwork.db.outdated import through_migrations
from bellwork.db.queries.failures import NEWEST, failures
from bellwork.ops.web.asked import asked_id, ledger
from bellwork.ops.web.look import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import HTMLResponse

#: Groups on a page; a group that began so many hours ago is new.
MOST, NEW = 25, 1


@through_migrations
def show(request: Request) -> HTMLResponse:
    """Show groups, the one that failed last first."""
    with ledger() as conn:
        found = failures(conn)
    pages = max(1, -(-len(found) // MOST))
    number = min(asked_id(request, "page") or 1, pages)
    shown = found[(number - 1) * MOST : number * MOST]
    since = datetime.now(UTC) - timedelta(hours=NEW)
    counts = {"count": len(found), "number": number, "pages": pages, "looked_at": NEWEST}
    return page(request, "failures.html", title="Failures", groups=shown, since=since, **counts)
