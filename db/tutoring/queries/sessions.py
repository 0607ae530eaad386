"""A session that is sent in, written by its id: whatever comes twice, late or at once, one row as the newest says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

#: By which two writers of one session take turns, also while it is no row yet.
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('tutoring.session ' || :id, 0))"
_COLUMNS = (
    *("session_id", "tutor_id", "student_id", "session_number", "scheduled_start", "actual_start", "duration_minutes"),
    *("subject", "session_type", "tutor_initiated_reschedule", "no_show", "late_start_minutes", "engagement_score"),
    *("learning_objectives_met", "technical_issues"),
)
# Without a number it is the pair's next one by time.
_WRITE = """
WITH old AS MATERIALIZED (
    SELECT s FROM {tutoring}.sessions s WHERE s.session_id = CAST(:session AS jsonb) ->> 'session_id' FOR UPDATE
), merged AS MATERIALIZED (
    SELECT (jsonb_populate_record(coalesce((SELECT s FROM old), CAST(NULL AS {tutoring}.sessions)),
                                  CAST(:session AS jsonb))).*
), known AS (
    SELECT EXISTS (SELECT FROM {tutoring}.tutors t WHERE t.tutor_id = m.tutor_id) AS tutor,
           EXISTS (SELECT FROM {tutoring}.students t WHERE t.student_id = m.student_id) AS student
    FROM merged m
), new AS (
    SELECT [columns but number], coalesce(m.session_number, (
               SELECT 1 + count(*) FROM {tutoring}.sessions o
               WHERE o.tutor_id = m.tutor_id AND o.student_id = m.student_id
                 AND o.scheduled_start < m.scheduled_start AND o.session_id <> m.session_id)) AS session_number,
           CAST(CAST(:session AS jsonb) ->> 'updated_at' AS timestamptz) AS version
    FROM merged m JOIN known k ON k.tutor AND k.student
), written AS (
    INSERT INTO {tutoring}.sessions AS t ([columns], updated_at)
    SELECT [new columns], coalesce(n.version, now()) FROM new n
    ON CONFLICT (session_id) DO UPDATE SET [set], updated_at = excluded.updated_at
    WHERE ROW([old columns]) IS DISTINCT FROM ROW([excluded columns])
      AND (CAST(CAST(:session AS jsonb) ->> 'updated_at' AS timestamptz) >= t.updated_at
           OR t.updated_at IS NULL OR NOT CAST(:session AS jsonb) ? 'updated_at')
    RETURNING t.tutor_id, t.scheduled_start
)
SELECT k.tutor, k.student, (o.s).tutor_id, (o.s).scheduled_start, w.tutor_id, w.scheduled_start
FROM known k LEFT JOIN old o ON true LEFT JOIN written w ON true
"""
_PARTS = {
    "[columns but number]": ", ".join(f"m.{name}" for name in _COLUMNS if name != "session_number"),
    "[columns]": ", ".join(_COLUMNS),
    "[new columns]": ", ".join(f"n.{name}" for name in _COLUMNS),
    "[old columns]": ", ".join(f"t.{name}" for name in _COLUMNS),
    "[excluded columns]": ", ".join(f"excluded.{name}" for name in _COLUMNS),
    "[set]": ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:]),
}
for _name, _part in _PARTS.items():
    _WRITE = _WRITE.replace(_name, _part)


class Written(NamedTuple):
    """What became of a session: whether its people are there, and what is to be noted (nothing: nothing changed)."""

    tutor_known: bool
    student_known: bool
    notes: list[tuple[str, datetime | None]]


def write_session(conn: Connection, session: Mapping[str, Any]) -> Written:
    """Insert or update a session by its id, from fields as JSON has them; nothing where its people are not there.

    What is left out keeps its value. Where it has an `updated_at`, a row that is newer stays.
    """
    conn.execute(sql(_TURN), {"id": session["session_id"]})
    tutor, student, *moments = conn.execute(sql(_WRITE), {"session": json.dumps(session)}).one()
    before, after = tuple(moments[:2]), tuple(moments[2:])
    changed = after[0] is not None
    return Written(tutor, student, sorted({each for each in (before, after) if changed and each[0] is not None}))
