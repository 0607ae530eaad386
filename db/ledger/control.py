"""What operators do to jobs and queues: cancel, retry, rename, pause, resume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.engine import psycopg_of
from db.ledger.jobs import with_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_CANCEL = b"SELECT id FROM unnest(%s::int8[]) AS asked(id) WHERE bellwork.cancel(id, %s)"
# A job whose unique_key is taken again meanwhile stays where it is: two of one key must not wait side by side.
_RETRY = b"""
WITH back AS (
    SELECT * FROM bellwork.finished_jobs f
    WHERE id = ANY(%s) AND state IN ('dead', 'cancelled')
      AND NOT EXISTS (SELECT FROM bellwork.jobs j WHERE j.unique_key = f.unique_key)
    FOR UPDATE),
inserted AS (
    INSERT INTO bellwork.jobs (id, queue, actor, priority, args, options, unique_key, attempt, errors, created_at)
    OVERRIDING SYSTEM VALUE
    SELECT id, queue, actor, priority, args, options, unique_key, attempt, errors, now() FROM back
    ON CONFLICT DO NOTHING RETURNING id)
DELETE FROM bellwork.finished_jobs f USING inserted i WHERE f.id = i.id AND f.state IN ('dead', 'cancelled')
RETURNING f.id
"""
_RENAME = (
    b"""
UPDATE bellwork.jobs j
SET actor = a.name, queue = a.queue, errors = """
    + with_error(
        b"jsonb_build_object('attempt', attempt, 'at', now(),"
        b" 'error', format('renamed from %%s by %%s', actor, %(by)s::text))"
    )
    + b"""
FROM bellwork.actors a
WHERE a.name = %(new)s AND state = 'available' AND j.id = ANY(ARRAY(
    SELECT id FROM bellwork.jobs WHERE actor = %(old)s AND state = 'available' ORDER BY id LIMIT %(limit)s FOR UPDATE))
RETURNING j.id
"""
)
_PAUSE = b"""
INSERT INTO bellwork.queues AS q (name, paused_at, paused_by, reason) VALUES (%s, now(), %s, %s)
ON CONFLICT (name) DO UPDATE SET paused_at = coalesce(q.paused_at, now()), paused_by = excluded.paused_by,
    reason = excluded.reason
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


def pause(conn: Connection, queue: str, by: str, reason: str) -> None:
    """Let nobody claim from a queue any more, fleet-wide; what runs goes on."""
    psycopg_of(conn).execute(_PAUSE, (queue, by, reason))


def resume(conn: Connection, queue: str) -> bool:
    """Let a paused queue go on; False if it was not paused."""
    statement = (
        "UPDATE bellwork.queues SET paused_at = NULL, paused_by = NULL, reason = NULL"
        " WHERE name = %s AND paused_at IS NOT NULL"
    )
    return bool(psycopg_of(conn).execute(statement, (queue,)).rowcount)
