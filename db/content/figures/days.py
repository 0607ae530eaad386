"""Counts days (UTC): what adds up comes from the hours, percentiles from the requests themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.figures.hours import FAST, ROWS, TIMES
from bellwork.db.content.figures.plan import ALL, COUNTS, PERCENTILES
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.content.figures.hours import Hours

_ADDED = (*COUNTS, "cost")
_COLUMNS = (*_ADDED, *PERCENTILES)
_DAY = "CAST({} AT TIME ZONE 'UTC' AS date)"
_FIRST = "date_trunc('day', CAST(:since AS timestamptz), 'UTC')"
_LAST = "(date_trunc('day', CAST(:until AS timestamptz) - interval '1 second', 'UTC') + interval '1 day')"
_BETWEEN = ROWS.replace(":since", _FIRST).replace(":until", _LAST)
_COUNT_DAYS = f"""
WITH summed AS (
    SELECT {_DAY.format("hour")} AS day, school_id, {", ".join(f"sum({name}) AS {name}" for name in _ADDED)}
    FROM {{content}}.request_hours WHERE hour >= {_FIRST} AND hour < {_LAST} GROUP BY 1, 2
), timed AS (
    SELECT {_DAY.format("r.hour")} AS day, coalesce(r.school_id, '{ALL}') AS school_id,
           {", ".join(f"{value} AS {name}" for name, value in TIMES.items())}
    FROM (SELECT r.*, {FAST} AS fast_seconds FROM ({_BETWEEN}) r) r
    GROUP BY GROUPING SETS ((1), (1, r.school_id))
), gone AS (
    DELETE FROM {{content}}.request_days old
    WHERE old.day >= {_DAY.format(_FIRST)} AND old.day < {_DAY.format(_LAST)}
      AND NOT EXISTS (SELECT FROM summed s WHERE s.day = old.day AND s.school_id = old.school_id)
)
INSERT INTO {{content}}.request_days AS old (day, school_id, {", ".join(_COLUMNS)})
SELECT s.day, s.school_id, {", ".join(f"s.{name}" for name in _ADDED)}, {", ".join(f"t.{name}" for name in PERCENTILES)}
FROM summed s LEFT JOIN timed t ON t.day = s.day AND t.school_id = s.school_id
ON CONFLICT (day, school_id) DO UPDATE SET ({", ".join(_COLUMNS)}) =
    ({", ".join(f"excluded.{name}" for name in _COLUMNS)})
WHERE (old.*) IS DISTINCT FROM (excluded.*)
"""  # noqa: S608 - fragments of ours, values are bound


def count_days(conn: Connection, hours: Hours) -> int:
    """Count the days to which these hours belong, after the hours; returns how many rows are new or changed."""
    return conn.execute(sql(_COUNT_DAYS), hours._asdict()).rowcount
