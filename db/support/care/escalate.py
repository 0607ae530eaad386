"""Escalates what nobody acts on, or what became high, to the owner of its course (student_interventions, lifecycle).

A pending intervention is late 24 hours (high) or 72 hours (medium) after it was assigned, else after it was created,
or after a snooze ended. One whose level rose to high is escalated at once, also where somebody has begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql
from bellwork.db.support.care.rows import AWAKE, CARED_FOR, SOUND, TAKE_FREE
from bellwork.db.support.detection import clock

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

#: Hours until somebody must have acted, by level; nobody has to on a low one.
HOURS = {"high": 24, "medium": 72}
_HOURS = " ".join(f"WHEN '{level}' THEN {hours}" for level, hours in HOURS.items())
LIMIT = f"CASE i.risk_level {_HOURS} END"
#: From when on a row is waited for.
SINCE = "greatest(coalesce(i.assigned_at, i.created_at), i.snoozed_until)"
# The plain time that passed comes first: it is never shorter than working time, and costs nothing.
_LATE = f"""i.status = 'pending' AND {SINCE} <= CAST(:at AS timestamptz) - make_interval(hours => {LIMIT})
    AND {{support}}.working_time({SINCE}, :at, :zone) >= make_interval(hours => {LIMIT})"""
_RAISED = "i.risk_level = 'high' AND i.raised_at > i.created_at"
_ESCALATE = f"""
WITH due AS (
    SELECT i.id, k.owner_id, {_RAISED} AS raised, {LIMIT} AS hours
    FROM {{support}}.student_interventions i
    JOIN {{support}}.student_enrollments e ON e.id = i.enrollment_id JOIN {{support}}.courses k ON k.id = i.course_id
    WHERE i.deleted_at IS NULL AND i.status IN ('pending', 'in_progress') AND {AWAKE} AND {CARED_FOR}
      AND {SOUND}
      AND (({_RAISED}) OR ({_LATE}))
    ORDER BY i.id LIMIT :most {TAKE_FREE}
), escalated AS (
    UPDATE {{support}}.student_interventions i SET status = 'escalated', escalated_at = :at,
        escalated_to = due.owner_id,
        escalation_reason = CASE WHEN due.raised THEN 'the level rose to high'
            ELSE format('nobody has acted for %s hours', due.hours) END
    FROM due WHERE i.id = due.id AND i.deleted_at IS NULL AND i.status IN ('pending', 'in_progress')
    RETURNING i.id, i.enrollment_id, i.risk_level, i.risk_reasons, i.escalation_reason, i.escalated_to
)
INSERT INTO {{support}}.decisions (enrollment_id, intervention_id, at, kind, reason, level, reasons)
SELECT enrollment_id, id, :at, 'escalated',
       escalation_reason || CASE WHEN escalated_to IS NULL THEN '; its course has no owner' ELSE '' END,
       risk_level, risk_reasons
FROM escalated ORDER BY id
"""  # noqa: S608 - ours
# The owner of a course that had none is told as soon as it has one.
_OWNED = f"""
WITH owned AS MATERIALIZED (
    SELECT i.id, k.owner_id FROM {{support}}.student_interventions i
    JOIN {{support}}.courses k ON k.id = i.course_id
    WHERE i.deleted_at IS NULL AND i.status = 'escalated' AND i.escalated_to IS NULL AND k.owner_id IS NOT NULL
      AND {SOUND}
    ORDER BY i.id LIMIT :most {TAKE_FREE}
)
UPDATE {{support}}.student_interventions i SET escalated_to = owned.owner_id
FROM owned WHERE i.id = owned.id AND i.status = 'escalated' AND i.escalated_to IS NULL
"""  # noqa: S608 - ours


class Limits(NamedTuple):
    """By which clock hours count: those of Monday to Friday of a `zone`, all of them where it is None."""

    zone: str | None = None


def escalate(conn: Connection, limits: Limits, at: datetime | None = None, most: int = 500) -> int:
    """Escalate what is late or rose to high, at most so many rows, in the caller's transaction; returns how many.

    Those of before whose course had no owner go to the one it has now. Rows that somebody changes just now are left to
    the next sweep.
    """
    asked = {"at": at or clock(conn), "zone": limits.zone, "most": most}
    return conn.execute(sql(_ESCALATE), asked).rowcount + conn.execute(sql(_OWNED), {"most": most}).rowcount
