"""What `bellwork figures support` shows: counts of each day, course and level, and how right each rule is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.sql import sql
from bellwork.db.vocabulary.counted import Counted

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SUMS = """sum(found) AS found, sum(assigned) AS assigned, sum(assigned_in_time) AS assigned_in_time,
    sum(escalated) AS escalated, sum(resolved) AS resolved, sum(improved) AS improved,
    sum(false_positives) AS false_positives"""
_SINCE = "day > CAST(now() AT TIME ZONE 'UTC' AS date) - CAST(:days AS int)"
_DAYS = f"""
SELECT day, risk_level AS level, {_SUMS} FROM {{support}}.risk_days
WHERE {_SINCE} AND :part IN ('', CAST(course_id AS text)) GROUP BY day, risk_level ORDER BY day DESC, risk_level
"""  # noqa: S608 - ours
_COURSES = f"""
SELECT CAST(course_id AS text) AS course, risk_level AS level, {_SUMS} FROM {{support}}.risk_days
WHERE {_SINCE} AND :part IN ('', CAST(course_id AS text)) GROUP BY course_id, risk_level ORDER BY course_id, risk_level
"""  # noqa: S608 - ours
# Of what was ended: what nobody has judged says nothing of the rule.
_RULES = f"""
SELECT reason AS rule, sum(found) AS found, sum(decided) AS ended, sum(improved) AS improved,
       sum(false_positives) AS false_positives,
       round(1 - sum(false_positives) / nullif(CAST(sum(decided) AS numeric), 0), 4) AS precision
FROM {{support}}.rule_days WHERE {_SINCE} AND :part IN ('', reason) GROUP BY reason ORDER BY reason
"""  # noqa: S608 - ours


def _read(statement: str, conn: Connection, days: int, part: str) -> list[dict[str, Any]]:
    return [dict(row) for row in conn.execute(sql(statement), {"days": days, "part": part}).mappings()]


COUNTED = (
    Counted("days", "students found on a day (UTC), by level, and what became of them", lambda *a: _read(_DAYS, *a)),
    Counted("courses", "the same of all days together, by course and level", lambda *a: _read(_COURSES, *a)),
    Counted("rules", "how right each rule is: the share of those ended that were right", lambda *a: _read(_RULES, *a)),
)
