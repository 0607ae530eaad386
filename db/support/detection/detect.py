"""Detection: who is at risk is found by one query, and written under the locks of those of whom something changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql
from bellwork.db.support.detection.decide import DECIDED, WRITTEN
from bellwork.db.support.detection.figures import bounds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

_NAMED = "AND e.id = ANY(CAST(:enrollments AS uuid[]))"
_DUE = f"{DECIDED.replace('[of]', '')} SELECT enrollment_id FROM decided ORDER BY enrollment_id"  # noqa: S608 - ours
_WRITE = WRITTEN.replace("[of]", _NAMED)
_CLOCK = "SELECT clock_timestamp()"
# Open rows first and enrollments next, as anybody's change of a row takes them, whose trigger writes the enrollment.
_LOCK_ROWS = """
SELECT FROM {support}.student_interventions o
WHERE o.enrollment_id = ANY(CAST(:enrollments AS uuid[]))
  AND o.deleted_at IS NULL AND o.status IN ('pending', 'in_progress', 'escalated')
ORDER BY o.enrollment_id FOR NO KEY UPDATE
"""
_LOCK = """
SELECT e.id, clock_timestamp() FROM {support}.student_enrollments e
WHERE e.id = ANY(CAST(:enrollments AS uuid[])) ORDER BY e.id FOR NO KEY UPDATE
"""


class Decided(NamedTuple):
    """What detection did of an enrollment: the kind of the decision, and what the rules said.

    `level` is the rules' (None where no reason is left), `row_level` the row's, which a trainer may have set (None
    where the decision was held back).
    """

    enrollment_id: UUID
    intervention_id: UUID | None
    kind: str
    level: str | None
    row_level: str | None


def list_due(conn: Connection, at: datetime | None = None) -> list[UUID]:
    """List all active enrollments of which there is something to write, by one query that only reads."""
    return list(conn.execute(sql(_DUE), bounds(at or clock(conn))).scalars())


def detect(conn: Connection, enrollments: Sequence[UUID], at: datetime | None = None) -> list[Decided]:
    """Write what the rules say of these enrollments, in the caller's transaction; the same again writes nothing.

    Holds their rows until the transaction ends and reads inputs after that: of two who detect at once the second one
    sees what the first one wrote. `at` holds the time still. Enrollments that are not active are passed over.
    """
    asked = {"enrollments": list(enrollments)}
    conn.execute(sql(_LOCK_ROWS), asked)
    held = conn.execute(sql(_LOCK), asked).all()
    if not held:
        return []
    moment = at or max(clock for _, clock in held)
    return [Decided(*row) for row in conn.execute(sql(_WRITE), {**asked, **bounds(moment)})]


def exists(conn: Connection, enrollment_id: UUID) -> bool:
    """Tell whether there is such an enrollment."""
    found = "SELECT EXISTS (SELECT FROM {support}.student_enrollments WHERE id = :id)"
    return bool(conn.execute(sql(found), {"id": enrollment_id}).scalar_one())


def clock(conn: Connection) -> datetime:
    """Return the time that it is in the database."""
    now: datetime = conn.execute(sql(_CLOCK)).scalar_one()
    return now
