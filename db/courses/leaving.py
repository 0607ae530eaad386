"""Who asked to be erased, and may not change his mind any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

#: Days after a request in which it can be taken back, by emptying `users.deleted_at`; by day 30 it has to be done.
PATIENCE = 14
_DUE = """
SELECT id FROM {courses}.users
WHERE deleted_at IS NOT NULL AND email !~ '^erased-.*@invalid$' AND deleted_at <= now() - :days * interval '1 day'
ORDER BY deleted_at, id LIMIT :most
"""
_LOCK = """
SELECT id FROM {courses}.users
WHERE id = :user AND email !~ '^erased-.*@invalid$' AND deleted_at <= now() - :days * interval '1 day' FOR UPDATE
"""


def due_users(conn: Connection, most: int) -> list[UUID]:
    """List users whose request to be erased is due, the oldest first, at most so many."""
    return list(conn.execute(sql(_DUE), {"days": PATIENCE, "most": most}).scalars())


def lock_leaving(conn: Connection, user_id: UUID) -> bool:
    """Lock a user whose request is due still; False where it was taken back, or done."""
    return conn.execute(sql(_LOCK), {"user": user_id, "days": PATIENCE}).first() is not None
