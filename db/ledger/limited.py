"""A queue with a limit: so many of its jobs run at once in the whole fleet, whoever claims them.

Claims take nothing from such a queue but here, where one process at a time counts what runs and takes what is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.acts import record_act
from bellwork.db.ledger.claim import claim
from bellwork.db.ledger.due import due_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from bellwork.db.ledger.changes import ChangedBy
    from bellwork.db.ledger.jobs import Claimed

_WHY_NONE = b"""
SELECT EXISTS (SELECT FROM bellwork.workers WHERE id = %s),
       EXISTS (SELECT FROM bellwork.queues WHERE name = %s AND at_once IS NOT NULL)
"""
# Nobody waits for who is claiming just now. What runs is counted by the next statement, which sees what that one did.
_TURN = b"""
SELECT at_once FROM bellwork.queues WHERE name = %s AND at_once IS NOT NULL AND paused_at IS NULL
FOR NO KEY UPDATE SKIP LOCKED
"""
_RUNNING = b"SELECT count(*) FROM bellwork.jobs WHERE queue = %s AND state = 'running'"
_LIMIT = b"""
INSERT INTO bellwork.queues AS q (name, at_once, limited_by, limit_reason)
VALUES (%(queue)s, %(most)s, %(who)s, %(why)s)
ON CONFLICT (name) DO UPDATE SET at_once = excluded.at_once, limited_by = excluded.limited_by,
    limit_reason = excluded.limit_reason
"""
_LIMITED = b"SELECT at_once, limited_by, limit_reason FROM bellwork.queues WHERE name = %s AND at_once IS NOT NULL"


class NoneClaimed(NamedTuple):
    """Why a claim may have found nothing: the worker is not registered any more, or the queue has a limit."""

    is_known: bool
    is_limited: bool


class Turn(NamedTuple):
    """What was claimed of a queue with a limit, and which jobs were missed that others have locked.

    `is_full` where no more may run, or another process claims just now.
    """

    claimed: list[Claimed]
    missed: list[int]
    is_full: bool


def why_none(conn: Connection, worker: UUID, queue: str) -> NoneClaimed:
    """Say why a claim may have found nothing in a queue."""
    [row] = psycopg_of(conn).execute(_WHY_NONE, (worker, queue)).fetchall()
    return NoneClaimed(*row)


def claim_limited(conn: Connection, worker: UUID, queue: str, actors: Sequence[str], limit: int) -> Turn:
    """Claim up to `limit` due jobs, in a transaction of its own, as far as the queue's limit lets more of them run."""
    driver = psycopg_of(conn)
    row = driver.execute(_TURN, (queue,)).fetchone()
    room = row[0] - count_running(conn, queue) if row else 0
    if room <= 0:
        return Turn([], [], is_full=True)
    ids = [job.id for job in due_in(conn, {queue: None}, actors, min(room, limit))]
    claimed = claim(conn, worker, ids, actors, queue, limited=True) if ids else []
    return Turn(claimed, sorted({*ids} - {job.id for job in claimed}), is_full=False)


def count_running(conn: Connection, queue: str) -> int:
    """Count the jobs of a queue that run."""
    [(running,)] = psycopg_of(conn).execute(_RUNNING, (queue,)).fetchall()
    return int(running)


def limited_queues(conn: Connection) -> set[str]:
    """Name the queues that have a limit."""
    return {row[0] for row in psycopg_of(conn).execute("SELECT name FROM bellwork.queues WHERE at_once IS NOT NULL")}


def set_limit(conn: Connection, queue: str, at_once: int | None, by: ChangedBy) -> bool:
    """Let so many jobs of a queue run at once from now on, fleet-wide, any number with None; record it.

    What runs goes on, even where it is more. False where it was so already.
    """
    before = limit_of(conn, queue, lock=True)
    if before.get("at_once") == at_once:
        return False
    asked = {"queue": queue, "most": at_once, "who": by.who, "why": by.why}
    psycopg_of(conn).execute(_LIMIT, asked if at_once else asked | {"who": None, "why": None})
    record_act(conn, by, "queues limits", f"queue {queue}", before, limit_of(conn, queue))
    return True


def limit_of(conn: Connection, queue: str, *, lock: bool = False) -> dict[str, int | str]:
    """Return a queue's limit, who set it and why, if it has one; `lock` its row for whoever changes it."""
    row = psycopg_of(conn).execute(_LIMITED + b" FOR UPDATE" * lock, (queue,)).fetchone()
    return dict(zip(("at_once", "limited_by", "limit_reason"), row, strict=True)) if row else {}
