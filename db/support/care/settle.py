"""Ends interventions of enrollments that were completed or dropped: that decides what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql
from bellwork.db.support.care.rows import OPEN, SOUND

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

_ENDED = f"""
SELECT {{support}}.settle_ended(ARRAY(
    SELECT i.enrollment_id FROM {{support}}.student_interventions i
    JOIN {{support}}.student_enrollments e ON e.id = i.enrollment_id
    WHERE {OPEN} AND {SOUND} AND e.status IN ('completed', 'dropped') ORDER BY i.id LIMIT :most))
"""  # noqa: S608 - ours


def settle_one(conn: Connection, enrollment_id: UUID) -> int:
    """Resolve the open intervention of an enrollment that ended, in the caller's transaction; returns 1, or 0."""
    asked = {"enrollment": enrollment_id}
    return int(conn.execute(sql("SELECT {support}.settle_ended(ARRAY[CAST(:enrollment AS uuid)])"), asked).scalar_one())


def settle_ended(conn: Connection, most: int = 500) -> int:
    """Resolve open interventions of enrollments that ended, at most so many; returns how many."""
    return int(conn.execute(sql(_ENDED), {"most": most}).scalar_one())
