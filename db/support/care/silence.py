"""Students who are silent: of each spell of inactivity, which begins with the last activity, they are written to once.

A spell that has lasted for two weeks is not begun to be spoken of (student_interventions, inactivity mail: days 7 to
14): whoever was silent long before Bellwork came hears nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql
from bellwork.db.support.care.rows import CARED_FOR
from bellwork.db.support.detection import clock

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

#: Days without a completed topic: a student is written to from the first on, and before the second.
FROM, BEFORE = 7, 14
_LAST = """greatest(e.enrolled_at, (
    SELECT max(t.completed_at) FROM {support}.topic_completions t
    WHERE t.enrollment_id = e.id AND t.completed_at <= CAST(:at AS timestamptz)))"""
_BEGIN = f"""
INSERT INTO {{support}}.inactivity_spells (enrollment_id, since, letter_key, at)
SELECT e.id, last.since,
       format('support.inactive:%s:%s', e.id, CAST(extract(epoch FROM last.since) * 1000000 AS bigint)), :at
FROM {{support}}.student_enrollments e JOIN {{support}}.courses k ON k.id = e.course_id
CROSS JOIN LATERAL (SELECT {_LAST} AS since) AS last
WHERE {CARED_FOR} AND last.since <= CAST(:at AS timestamptz) - interval '{FROM} days'
  AND last.since > CAST(:at AS timestamptz) - interval '{BEFORE} days'
  AND NOT EXISTS (SELECT FROM {{support}}.inactivity_spells s WHERE s.enrollment_id = e.id AND s.since = last.since)
ORDER BY e.id LIMIT :most
ON CONFLICT DO NOTHING RETURNING enrollment_id, letter_key
"""  # noqa: S608 - ours
_STUDENTS = """
SELECT e.id, e.user_id FROM {support}.student_enrollments e WHERE e.id = ANY(CAST(:enrollments AS uuid[]))
"""
_SILENT = f"""
SELECT u.email, u.name, u.time_zone, k.title,
       ({CARED_FOR}) AND {_LAST} = s.since AS silent
FROM {{support}}.inactivity_spells s
JOIN {{support}}.student_enrollments e ON e.id = s.enrollment_id JOIN {{support}}.courses k ON k.id = e.course_id
JOIN {{support}}.user_profiles u ON u.id = e.user_id
WHERE s.letter_key = :key
"""  # noqa: S608 - ours


class Silent(NamedTuple):
    """A student who is to be written to, and the key of the letter."""

    student: UUID
    key: str


class Reader(NamedTuple):
    """A student as the letter's reader; `silent` says that the spell goes on."""

    email: str | None
    name: str | None
    time_zone: str | None
    course: str | None
    silent: bool


def begin_spells(conn: Connection, at: datetime | None = None, most: int = 500) -> list[Silent]:
    """Begin to speak of spells that are a week old, in the caller's transaction; of each once, whoever looks."""
    asked = {"at": at or clock(conn), "most": most}
    keys = {row.enrollment_id: row.letter_key for row in conn.execute(sql(_BEGIN), asked)}
    return [
        Silent(student, keys[enrollment])
        for enrollment, student in conn.execute(sql(_STUDENTS), {"enrollments": list(keys)})
    ]


def is_silent(conn: Connection, key: str, at: datetime | None = None) -> Reader | None:
    """Return whom a letter of a spell goes to, and whether the spell goes on; None where the enrollment is gone."""
    row = conn.execute(sql(_SILENT), {"key": key, "at": at or clock(conn)}).one_or_none()
    return Reader(*row) if row else None
