"""How things stand where no scheduler keeps a snapshot: everything is counted, for this one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger import (
    actor_sets,
    backlog,
    dead_today,
    list_workers,
    queue_depths,
    unheard_queues,
    unknown_actors,
)
from bellwork.db.snapshot import latest
from bellwork.db.snapshot.around import look_around
from bellwork.db.snapshot.read import overdue_entries
from bellwork.ops.look.standing import OVERDUE, Picture, told, with_sets

if TYPE_CHECKING:
    from sqlalchemy import Connection


def picture(conn: Connection, redis: str | None, *, with_actors: bool = False) -> Picture:
    """Count the backlog, once, and look at everything else."""
    kinds = backlog(conn)
    known = actor_sets(conn) if with_actors else []
    return Picture(
        queues=queue_depths(conn, kinds),
        workers=with_sets(list_workers(conn), known),
        actor_sets={each.name: each.actors for each in known},
        without_worker=unknown_actors(conn, kinds),
        unheard=unheard_queues(conn, kinds),
        dead_24h=dead_today(conn),
        redis=redis is None,
        overdue_entries=overdue_entries(psycopg_of(conn), OVERDUE),
        snapshot=told(latest(psycopg_of(conn))),
        **look_around(conn),
    )
