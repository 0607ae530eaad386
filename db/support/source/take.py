"""Takes in one page of one step, in one statement: what was written, and where the next page begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from bellwork.db.support.source.steps import Step

#: Enrollments whose detection is asked for one by one; of more, all are looked at.
MOST_LOOKED_AT = 500
_TAKE = """
WITH page AS MATERIALIZED (
    SELECT s.* FROM ([rows]) AS s
    WHERE s.at >= CAST(:since AS timestamptz)
      AND (CAST(:at AS timestamptz) IS NULL OR (s.at, s.id) > (:at, CAST(:id AS uuid)))
    ORDER BY s.at, s.id LIMIT :most
), written AS ([written]), last AS (SELECT at, id FROM page ORDER BY at DESC, id DESC LIMIT 1)
SELECT (SELECT count(*) FROM page), (SELECT at FROM last), (SELECT id FROM last), count(*),
       coalesce(array_agg(DISTINCT enrollment) FILTER (WHERE enrollment IS NOT NULL), '{}')
FROM written
"""
_MARK_TAKEN = """
INSERT INTO {support}.taken_enrollments (enrollment_id)
SELECT e.id FROM {support}.student_enrollments e JOIN {courses}.enrollments n ON n.id = e.id
JOIN {support}.user_profiles u ON u.id = e.user_id
WHERE u.erased_at IS NULL AND NOT EXISTS (SELECT FROM {support}.taken_enrollments t WHERE t.enrollment_id = e.id)
ORDER BY e.id ON CONFLICT DO NOTHING
"""
_LOOK = """
SELECT {support}.look_at(e.id) FROM {support}.student_enrollments e
WHERE e.id = ANY(CAST(:enrollments AS uuid[])) AND e.status = 'active' ORDER BY e.id
"""
_LOOK_AT_ALL = """
SELECT bellwork.enqueue('support.detect_risk', '{}', queue => 'support', unique_key => 'support.detect_risk:all',
                        unique_while => 'waiting')
"""


class Page(NamedTuple):
    """How many rows were read, the place of the last one, how many were written, and of which enrollments."""

    read: int
    at: datetime | None
    id: UUID | None
    written: int
    enrollments: Sequence[UUID]


def take(conn: Connection, step: Step, since: datetime, last: Page | None, most: int) -> Page:
    """Take in the next page behind `last` of rows that changed at `since` or later, in the caller's transaction."""
    statement = _TAKE.replace("[rows]", step.rows).replace("[written]", step.written)
    asked = {"since": since, "at": last and last.at, "id": last and last.id, "most": most}
    page = Page(*conn.execute(sql(statement), asked).one())
    if step.name == "enrollments":
        conn.execute(sql(_MARK_TAKEN))
    return page


def look_at(conn: Connection, enrollments: Sequence[UUID]) -> None:
    """Have detection look at enrollments of which something is new, after the caller's commit."""
    if len(enrollments) > MOST_LOOKED_AT:
        conn.execute(sql(_LOOK_AT_ALL))
    elif enrollments:
        conn.execute(sql(_LOOK), {"enrollments": list(enrollments)})
