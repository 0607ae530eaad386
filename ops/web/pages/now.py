"""Now: one sentence that says whether anybody has to get up, what is wrong and why, and each queue in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import DatabaseError, psycopg_of
from bellwork.db.outage import explain
from bellwork.db.outdated import through_migrations
from bellwork.db.snapshot import lines
from bellwork.ops.look.objectives import in_trouble_order
from bellwork.ops.look.problems import problems, verdict
from bellwork.ops.web.asked import ledger
from bellwork.ops.web.look import page
from bellwork.ops.web.pages.queues import by_trouble

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import HTMLResponse

    from bellwork.ops.look.picture import Picture

#: Problems and queues that are shown here; the rest stands on pages of their own.
PROBLEMS, QUEUES = 7, 12
#: Kinds with an objective that are shown here; `bellwork slo` lists all.
OBJECTIVES = 12


@through_migrations
def now(request: Request) -> HTMLResponse:
    """Show how everything stands; while PostgreSQL is away, how it stood when it was last seen."""
    try:
        picture: Picture = request.app.state.now.picture()
        shown = by_trouble(picture.queues)[:QUEUES]
        with ledger() as conn:
            drawn = lines(psycopg_of(conn), [queue.queue for queue in shown])
    except DatabaseError as error:
        return _blind(request, error)
    found = problems(picture)
    kind, said = verdict(picture, found)
    return page(
        request,
        "now.html",
        title=said.partition(". ")[0].removesuffix(".") if found else "All is well",
        kind=kind,
        said=said,
        picture=picture,
        found=found[:PROBLEMS],
        more=len(found) - PROBLEMS,
        queues=shown,
        lines=drawn,
        burning=in_trouble_order(picture.burning)[:OBJECTIVES],
        blind="",
    )


def _blind(request: Request, error: Exception) -> HTMLResponse:
    picture: Picture | None = request.app.state.now.last()
    if picture is None:
        raise error
    return page(
        request,
        "now.html",
        status=503,
        title="PostgreSQL cannot be read",
        kind="fail",
        said="PostgreSQL cannot be read: what stands below is what was seen last.",
        picture=picture,
        found=[],
        more=0,
        queues=by_trouble(picture.queues)[:QUEUES],
        lines={},
        burning=[],
        blind=explain(error) or "",
    )
