"""Detection: who is at risk is found by one query, and written under the locks of those of whom something changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql
from bellwork.db.support.detection.decide import DECIDED, HELD_AGAIN
from bellwork.db.support.detection.figures import bounds
from bellwork.db.support.detection.write import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

_DUE = f"""
SELECT d.enrollment_id FROM ({DECIDED.replace("[of]", "")}) AS d WHERE NOT ({HELD_AGAIN}) ORDER BY 1
"""  # noqa: S608 - ours
_OF = DECIDED.replace("[of]", "AND e.id = ANY(CAST(:enrollments AS uuid[]))")
_DECIDE = f"SELECT CAST(jsonb_agg(to_jsonb(d)) AS text) FROM ({_OF}) AS d"  # noqa: S608 - ours
_CLOCK = "SELECT clock_timestamp()"
# Open rows first and enrollments next, as anybody's change of a row takes them, whose trigger writes the enrollment:
# the count is known before the first enrollment is locked.
_LOCK = """
WITH open_rows AS MATERIALIZED (
    SELECT o.id FROM {support}.student_interventions o
    WHERE o.enrollment_id = ANY(CAST(:enrollments AS uuid[]))
      AND o.deleted_at IS NULL AND o.status IN ('pending', 'in_progress', 'escalated')
    ORDER BY o.enrollment_id FOR NO KEY UPDATE
)
SELECT e.id, clock_timestamp() FROM {support}.student_enrollments e
WHERE e.id = ANY(CAST(:enrollments AS uuid[])) AND (SELECT count(*) FROM open_rows) >= 0
ORDER BY e.id FOR NO KEY UPDATE
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
    held = conn.execute(sql(_LOCK), asked).all()
    if not held:
        return []
    moments = bounds(at or max(clock for _, clock in held))
    # Two statements: most events change nothing, and what writes takes as long to plan as what decides.
    decided = conn.execute(sql(_DECIDE), {**asked, **moments}).scalar()
    if decided is None:
        return []
    return [Decided(*row) for row in conn.execute(sql(WRITTEN), {"decided": decided, "at": moments["at"]})]


def exists(conn: Connection, enrollment_id: UUID) -> bool:
    """Tell whether there is such an enrollment."""
    found = "SELECT EXISTS (SELECT FROM {support}.student_enrollments WHERE id = :id)"
    return bool(conn.execute(sql(found), {"id": enrollment_id}).scalar_one())


def clock(conn: Connection) -> datetime:
    """Return the time that it is in the database."""
    now: datetime = conn.execute(sql(_CLOCK)).scalar_one()
    return now
