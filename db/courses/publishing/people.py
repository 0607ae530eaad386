"""Who decides about courses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

_REVIEWERS = """
SELECT id FROM {courses}.users
WHERE role IN ('content_admin', 'system_admin') AND is_active AND deleted_at IS NULL ORDER BY id
"""


def reviewers(conn: Connection) -> list[UUID]:
    """List the users who may publish a course."""
    return list(conn.execute(sql(_REVIEWERS)).scalars())
