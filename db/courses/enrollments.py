"""Enrollments whose time is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

_EXPIRE = """
UPDATE {courses}.enrollments e SET status = 'expired', updated_at = now()
FROM (SELECT id FROM {courses}.enrollments WHERE status = 'active' AND expires_at <= now()
      ORDER BY expires_at LIMIT :most FOR NO KEY UPDATE SKIP LOCKED) AS due
WHERE e.id = due.id
"""


def expire_enrollments(conn: Connection, most: int) -> int:
    """Let active enrollments whose time is over expire, the oldest first, at most so many; returns how many."""
    return conn.execute(sql(_EXPIRE), {"most": most}).rowcount
