"""Where a user of the courses system is written to, and whether he wants that."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

_READER = """
SELECT u.email, u.first_name, u.deleted_at IS NOT NULL AS leaves, coalesce(p.email_notifications, true) AS wants
FROM {courses}.users u LEFT JOIN {courses}.user_preferences p ON p.user_id = u.id
WHERE u.id = :user AND u.email !~ '^erased-.*@invalid$'
"""


class Reader(NamedTuple):
    """A user as a letter's reader: `leaves` says that he asked to be erased, `wants` that he wants letters."""

    email: str
    first_name: str
    leaves: bool
    wants: bool


def read_reader(conn: Connection, user_id: UUID) -> Reader | None:
    """Return a user as a letter's reader; None where there is nobody of this id, or he was erased."""
    row = conn.execute(sql(_READER), {"user": user_id}).one_or_none()
    return Reader(*row) if row else None
