"""How things stand where no scheduler keeps a snapshot: everything is counted, for this one answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger import backlog, dead_today, queue_depths, unheard_queues, unknown_actors
from bellwork.db.snapshot import QueueSnapshot, Snapshot
from bellwork.db.snapshot.around import look_around
from bellwork.ops.look.picture import heaviest_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.ops.look.picture import Picture

_NOT_KNOWN: dict[str, Any] = {
    **dict.fromkeys(QueueSnapshot.__dataclass_fields__, 0),
    **dict.fromkeys(("wait_p50", "wait_p95", "run_p50", "run_p95", "at_once", "limited_by", "limit_reason")),
    **dict.fromkeys(("waits", "runs"), ()),
}


def counted(conn: Connection, found: Picture) -> Picture:
    """Count the backlog, once, and look at everything else that the picture lacks."""
    kinds = backlog(conn)
    heard = {kind.queue for kind in kinds if kind.heard}
    instead = Snapshot(
        at=found.at,
        age=0,
        every=0,
        took=0,
        taken_by="",
        workers=found.workers,
        silent_workers=found.silent_workers,
        unknown_actors=unknown_actors(conn, kinds),
        unheard_queues=unheard_queues(conn, kinds),
        queues=tuple(_queue(depth, int(depth["queue"] in heard)) for depth in queue_depths(conn, kinds)),
        around=look_around(conn),
    )
    heaviest = heaviest_of(psycopg_of(conn), instead.queues)
    return replace(found, counted=instead, dead_24h=dead_today(conn), heaviest=heaviest)


def _queue(depth: dict[str, Any], listeners: int) -> QueueSnapshot:
    ready = {"ready": depth["due"], "oldest_ready_seconds": float(depth["oldest_due_seconds"]), "workers": listeners}
    kept = {name: value for name, value in depth.items() if name in QueueSnapshot.__dataclass_fields__}
    return QueueSnapshot(**{**_NOT_KNOWN, **kept, **ready})
