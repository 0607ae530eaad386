"""Counts interventions by the UTC day on which they were found, the course and the level; and how right each rule was.

The last 60 days are counted anew each time, for what came of an intervention is known weeks later; older days stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql
from bellwork.db.support.care.escalate import LIMIT
from bellwork.db.support.detection import clock
from bellwork.db.support.words import ERASED

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

#: Days that are counted anew.
OPEN_DAYS = 60
_DAY = "CAST(i.created_at AT TIME ZONE 'UTC' AS date)"
_SINCE = f"CAST(CAST(:at AS timestamptz) AT TIME ZONE 'UTC' AS date) - {OPEN_DAYS - 1}"
_FOUND = f"""
found AS MATERIALIZED (
    SELECT i.*, {_DAY} AS day, coalesce({{support}}.working_time(i.created_at, i.assigned_at, :zone)
           <= make_interval(hours => coalesce({LIMIT}, 72)), false) AS in_time
    FROM {{support}}.student_interventions i
    WHERE i.deleted_at IS NULL
      AND i.created_at >= CAST({_SINCE} AS timestamp) AT TIME ZONE 'UTC'
      AND i.created_at <= CAST(:at AS timestamptz)
)"""  # noqa: S608 - ours
_OUTCOMES = """count(*) FILTER (WHERE outcome IN ('student_improved', 'student_completed')) AS improved,
           count(*) FILTER (WHERE status = 'dismissed' OR outcome = 'false_positive') AS false_positives"""
# Cells that are empty now were filled before, where a level changed.
_RISK_DAYS = f"""
WITH {_FOUND}, counted AS (
    SELECT day, course_id, risk_level, count(*) AS found, count(assigned_at) AS assigned,
           count(*) FILTER (WHERE in_time) AS assigned_in_time, count(escalated_at) AS escalated,
           count(*) FILTER (WHERE status = 'resolved') AS resolved, {_OUTCOMES}
    FROM found GROUP BY day, course_id, risk_level
), gone AS (
    DELETE FROM {{support}}.risk_days d
    WHERE d.day >= {_SINCE} AND NOT EXISTS (
        SELECT FROM counted c WHERE (c.day, c.course_id, c.risk_level) = (d.day, d.course_id, d.risk_level))
)
INSERT INTO {{support}}.risk_days AS d (day, course_id, risk_level, found, assigned, assigned_in_time, escalated,
    resolved, improved, false_positives, counted_at)
SELECT c.*, :at FROM counted c ORDER BY day, course_id, risk_level
ON CONFLICT (day, course_id, risk_level) DO UPDATE SET (found, assigned, assigned_in_time, escalated, resolved,
    improved, false_positives, counted_at) = (excluded.found, excluded.assigned, excluded.assigned_in_time,
    excluded.escalated, excluded.resolved, excluded.improved, excluded.false_positives, excluded.counted_at)
WHERE (d.found, d.assigned, d.assigned_in_time, d.escalated, d.resolved, d.improved, d.false_positives)
    IS DISTINCT FROM (excluded.found, excluded.assigned, excluded.assigned_in_time, excluded.escalated,
                      excluded.resolved, excluded.improved, excluded.false_positives)
"""  # noqa: S608 - ours
_RULE_DAYS = f"""
WITH {_FOUND}, counted AS (
    SELECT day, reason, count(*) AS found, {_OUTCOMES},
           count(*) FILTER (WHERE status IN ('resolved', 'dismissed')) AS decided
    FROM found, unnest(risk_reasons) AS reason WHERE reason <> '{ERASED}' GROUP BY day, reason
), gone AS (
    DELETE FROM {{support}}.rule_days d
    WHERE d.day >= {_SINCE} AND NOT EXISTS (SELECT FROM counted c WHERE (c.day, c.reason) = (d.day, d.reason))
)
INSERT INTO {{support}}.rule_days AS d (day, reason, found, improved, false_positives, decided, counted_at)
SELECT c.*, :at FROM counted c ORDER BY day, reason
ON CONFLICT (day, reason) DO UPDATE SET (found, improved, false_positives, decided, counted_at) = (
    excluded.found, excluded.improved, excluded.false_positives, excluded.decided, excluded.counted_at)
WHERE (d.found, d.improved, d.false_positives, d.decided)
    IS DISTINCT FROM (excluded.found, excluded.improved, excluded.false_positives, excluded.decided)
"""  # noqa: S608 - ours


def count_days(conn: Connection, zone: str | None, at: datetime | None = None) -> int:
    """Count the last 60 days in the caller's transaction; returns how many counts changed."""
    asked = {"at": at or clock(conn), "zone": zone}
    return conn.execute(sql(_RISK_DAYS), asked).rowcount + conn.execute(sql(_RULE_DAYS), asked).rowcount
