"""Worker processes: which are alive, what each of their threads runs and for how long, and which kinds nobody runs."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from bellwork.db import registered
from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.beside import running_of
from bellwork.db.outdated import through_migrations
from bellwork.ops.web.asked import asked_id, ledger
from bellwork.ops.web.look import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import HTMLResponse

    from bellwork.ops.look.picture import Picture

#: Processes on a page.
MOST = 30


@through_migrations
def workers(request: Request) -> HTMLResponse:
    """Show processes, silent ones first; thirty on a page."""
    picture: Picture = request.app.state.now.picture()
    with ledger() as conn:
        found = registered.workers(psycopg_of(conn))
        found.sort(key=lambda each: (each["lease_left"] > 0, each["host"], each["pid"]))
        pages = max(1, -(-len(found) // MOST))
        number = min(asked_id(request, "page") or 1, pages)
        shown = found[(number - 1) * MOST : number * MOST]
        runs: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for job in running_of(conn, [each["id"] for each in shown]):
            runs[job["worker_id"]].append(job)
    usual = {queue.queue: queue.run_p95 for queue in picture.queues}
    alive = sum(each["lease_left"] > 0 for each in found)
    counts = {"count": len(found), "alive": alive, "number": number, "pages": pages}
    return page(
        request, "workers.html", title="Workers", picture=picture, workers=shown, runs=runs, usual=usual, **counts
    )
