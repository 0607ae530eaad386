"""What operators do to jobs and queues: cancel, retry, rename, reprioritise, pause, resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.acts import record_act
from bellwork.db.ledger.changes import ChangedBy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_CANCEL = b"SELECT id FROM unnest(%s::int8[]) AS asked(id) WHERE bellwork.cancel(id, %s)"
_RETRY = b"SELECT bellwork.retry_jobs(%s::int8[])"
_RENAME = b"SELECT bellwork.rename_jobs(%(old)s, %(new)s, %(by)s, %(limit)s)"
_REPRIORITISE = b"SELECT bellwork.reprioritise_jobs(%s::int8[], %s)"
_PRIORITIES = b"SELECT id, priority FROM bellwork.jobs WHERE id = ANY(%s::int8[])"
_PAUSE = b"""
INSERT INTO bellwork.queues AS q (name, paused_at, paused_by, reason, paused_until)
VALUES (%s, now(), %s, %s, now() + make_interval(secs => %s))
ON CONFLICT (name) DO UPDATE SET paused_at = coalesce(q.paused_at, now()), paused_by = excluded.paused_by,
    reason = excluded.reason, paused_until = excluded.paused_until
"""
_RESUME = b"""
UPDATE bellwork.queues SET paused_at = NULL, paused_by = NULL, reason = NULL, paused_until = NULL
WHERE name = %s AND paused_at IS NOT NULL
"""
_EXPIRED = b"""
SELECT name FROM bellwork.queues WHERE paused_at IS NOT NULL AND paused_until <= now() FOR UPDATE SKIP LOCKED
"""
_PAUSED = b"""
SELECT paused_at, paused_by, reason, paused_until FROM bellwork.queues
WHERE name = %s AND paused_at IS NOT NULL FOR UPDATE
"""


def cancel(conn: Connection, ids: Sequence[int], reason: str) -> list[int]:
    """Cancel unfinished jobs and return which; a running attempt loses its lease and can write nothing."""
    return [row[0] for row in psycopg_of(conn).execute(_CANCEL, (sorted(ids), reason)).fetchall()]


def retry_finished(conn: Connection, ids: Sequence[int]) -> list[int]:
    """Put dead and cancelled jobs back, due now, with their errors but fresh counts; returns which went back."""
    return [row[0] for row in psycopg_of(conn).execute(_RETRY, (sorted(ids),)).fetchall()]


def rename(conn: Connection, old: str, new: str, by: str, limit: int) -> list[int]:
    """Give up to `limit` waiting jobs of one actor to another, on that one's queue; returns which.

    Each keeps a note of it among its errors. None go to an actor that no worker ever registered; running jobs stay.
    """
    asked = {"old": old, "new": new, "by": by, "limit": limit}
    return sorted(row[0] for row in psycopg_of(conn).execute(_RENAME, asked).fetchall())


def reprioritise(conn: Connection, ids: Sequence[int], priority: int) -> list[int]:
    """Give waiting jobs another priority, the lower of which runs first; returns which. What runs stays as it is."""
    return [row[0] for row in psycopg_of(conn).execute(_REPRIORITISE, (sorted(ids), priority)).fetchall()]


def priorities(conn: Connection, ids: Sequence[int]) -> dict[str, int]:
    """Return the priority of each unfinished job, by its id as a text."""
    return {str(row[0]): row[1] for row in psycopg_of(conn).execute(_PRIORITIES, (list(ids),)).fetchall()}


def pause(conn: Connection, queue: str, by: str, reason: str, seconds: float | None = None) -> None:
    """Stop claims from a queue, fleet-wide, and record it; what runs goes on. After `seconds` a scheduler ends it."""
    before = _paused(conn, queue)
    psycopg_of(conn).execute(_PAUSE, (queue, by, reason, seconds))
    record_act(conn, ChangedBy(by, reason), "queues pause", f"queue {queue}", before, _paused(conn, queue))


def resume(conn: Connection, queue: str, by: str, reason: str) -> bool:
    """Let a paused queue go on, and record it with what was written at its pause; False if it was not paused."""
    before = _paused(conn, queue)
    resumed = bool(psycopg_of(conn).execute(_RESUME, (queue,)).rowcount)
    if resumed:
        record_act(conn, ChangedBy(by, reason), "queues resume", f"queue {queue}", before)
    return resumed


def resume_expired(conn: Connection) -> list[str]:
    """Let the queues go on whose pause is over, and record it; returns their names."""
    names = [row[0] for row in psycopg_of(conn).execute(_EXPIRED).fetchall()]
    for name in names:
        resume(conn, name, "the scheduler", "the time of its pause is over")
    return names


def _paused(conn: Connection, queue: str) -> dict[str, Any]:
    """Lock a queue's row, if there is one; returns the account that paused it and its reason, if it is paused."""
    row = psycopg_of(conn).execute(_PAUSED, (queue,)).fetchone()
    return dict(zip(("paused_at", "paused_by", "reason", "paused_until"), row, strict=True)) if row else {}
