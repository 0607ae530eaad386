"""Queues, those in trouble first; and one queue: how old its jobs are, which come next, what runs, why they wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger import show_job
from bellwork.db.ledger.beside import MOST, ages, next_jobs, running_in
from bellwork.db.outdated import through_migrations
from bellwork.db.queries.explain import look_around
from bellwork.db.snapshot import actors, lines
from bellwork.ops.look.late import is_late
from bellwork.ops.look.why import why
from bellwork.ops.web.asked import NotKnown, asked, asked_id, ledger
from bellwork.ops.web.look import page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import HTMLResponse

    from bellwork.db.snapshot import QueueSnapshot
    from bellwork.ops.look.picture import Picture

#: Queues on a page; jobs that come next, that run, and actors, on a queue's own page.
MOST_QUEUES, NEXT, RUNNING, ACTORS = 30, 20, 20, 20


def by_trouble(queues: Sequence[QueueSnapshot]) -> list[QueueSnapshot]:
    """Return queues, those that somebody may have to do something about first."""

    def trouble(queue: QueueSnapshot) -> tuple[bool, bool, float, int, int, str]:
        late = is_late(queue)
        waits = -queue.oldest_ready_seconds if late else 0.0
        return (not late, not queue.paused_at, waits, -queue.dead_24h, -(queue.ready + queue.running), queue.queue)

    return sorted(queues, key=trouble)


@through_migrations
def queues(request: Request) -> HTMLResponse:
    """Show queues, those whose name holds what is looked for; thirty on a page."""
    text, number = asked(request, "q"), asked_id(request, "page") or 1
    picture: Picture = request.app.state.now.picture()
    found = [queue for queue in by_trouble(picture.queues) if text is None or text.lower() in queue.queue.lower()]
    pages = max(1, -(-len(found) // MOST_QUEUES))
    number = min(number, pages)
    shown = found[(number - 1) * MOST_QUEUES : number * MOST_QUEUES]
    with ledger() as conn:
        drawn = lines(psycopg_of(conn), [queue.queue for queue in shown])
    counts = {"count": len(found), "number": number, "pages": pages}
    return page(request, "queues.html", title="Queues", picture=picture, queues=shown, lines=drawn, text=text, **counts)


@through_migrations
def queue(request: Request) -> HTMLResponse:
    """Show one queue."""
    name = request.path_params["name"]
    picture: Picture = request.app.state.now.picture()
    found = next((each for each in picture.queues if each.queue == name), None)
    if found is None:
        raise NotKnown(f"There is no queue {name!r} in the snapshot.")
    with ledger() as conn:
        driver = psycopg_of(conn)
        drawn = lines(driver, [name])
        kinds = [each for each in actors(driver) if each.queue == name]
        old, coming, running = ages(conn, name), next_jobs(conn, name, NEXT), running_in(conn, name, RUNNING)
        first = coming[0]["id"] if coming else None
        job = show_job(conn, first) if first else None
        reasons = why(job, look_around(conn, job["id"])) if job else []
    kinds.sort(key=lambda each: (-each.unfinished, -each.dead_total, each.actor))
    return page(
        request,
        "queue.html",
        title=f"Queue {name}",
        picture=picture,
        queue=found,
        lines=drawn[name],
        ages=old,
        counted=MOST,
        coming=coming,
        running=running,
        reasons=reasons,
        kinds=kinds[:ACTORS],
    )
