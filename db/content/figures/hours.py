"""Counts the requests of an hour, by school and of all: again each hour until it is 48 hours old, and then never more.

A request belongs to the hour in which it was asked, and to the school that its student belongs to. Served and hits are
those of vividly.md's query of the cache hit rate. Times are those of requests that had to be made and of which nobody
was asked back: until there was something to read, and until the film was there. The cost is estimated at 0.01 dollars
for script and audio and 0.10 for the film of each request that was no hit (the platform's cost case); of those that
waited for one lesson each counts, so it is never too low.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.content.figures.plan import ALL, COUNTS, FAILURES, PERCENTILES
from bellwork.db.content.figures.synthetic import SYNTHETIC
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

#: Hours after its end that an hour is counted anew.
FIXED_AFTER = 48
#: Hours that one transaction counts.
MOST = 168
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('content.figures'))"
_SERVED = "r.status IN ('fast_path_ready', 'completed')"
_MADE = "NOT r.hit AND NOT r.asked_back"
# A moment in a history that is none counts for nothing: whoever may write the row may have written it. Nor does a time
# of more than a year, which no column of seconds holds.
_LONGEST = 366 * 86_400
_MOMENT = (
    r"^20(\d\d-((0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
    r"|([02468][048]|[13579][26])-02-29)"
    r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?Z$"
)
#: What is counted of each request that was asked from :since on and before :until.
ROWS = f"""
SELECT r.status, coalesce(r.cache_hit, false) AS hit, u.org_id AS school_id, r.created_at,
       date_trunc('hour', r.created_at, 'UTC') AS hour,
       CASE WHEN r.status = 'failed' THEN coalesce(r.metadata #>> '{{failure,stage}}', '') END AS failed_at,
       r.error_message IS NOT NULL AS has_error,
       coalesce(r.metadata ? 'clarification', false) AS asked_back,
       EXISTS (SELECT FROM {{content}}.feedback f WHERE f.regeneration_request_id = r.id) AS is_regeneration,
       jsonb_path_query_first(r.metadata,
           '$.history[*] ? (@.status == "fast_path_ready" || @.status == "completed").at') #>> '{{}}' AS ready_at,
       CASE WHEN r.status = 'completed' AND isfinite(r.completed_at)
           THEN greatest(extract(epoch FROM r.completed_at - r.created_at), 0) END AS full_seconds
FROM {{content}}.content_requests r JOIN {{content}}.users u ON u.id = r.student_id
WHERE r.created_at >= :since AND r.created_at < :until AND r.student_id <> '{SYNTHETIC}'
"""  # noqa: S608 - fragments of ours, values are bound
#: The seconds until there was something to read.
FAST = f"""CASE WHEN r.ready_at ~ '{_MOMENT}' COLLATE "C"
    THEN greatest(extract(epoch FROM CAST(r.ready_at AS timestamptz) - r.created_at), 0) END"""


def _percentile(share: str, seconds: str) -> str:
    counted = f"{_MADE} AND {seconds} <= {_LONGEST}"
    measured = f"percentile_cont({share}) WITHIN GROUP (ORDER BY CAST({seconds} AS float8)) FILTER (WHERE {counted})"
    return f"round(CAST({measured} AS numeric), 3)"


#: How a percentile is reckoned, by its name.
TIMES = {
    "fast_p50": _percentile("0.5", "r.fast_seconds"),
    "fast_p95": _percentile("0.95", "r.fast_seconds"),
    "full_p50": _percentile("0.5", "r.full_seconds"),
    "full_p95": _percentile("0.95", "r.full_seconds"),
}
_SUMS = {
    "requests": "count(*)",
    "served": f"count(*) FILTER (WHERE {_SERVED})",
    "hits": f"count(*) FILTER (WHERE {_SERVED} AND r.hit)",
    "failed": "count(*) FILTER (WHERE r.failed_at IS NOT NULL)",
    **{name: f"count(*) FILTER (WHERE r.failed_at = '{stage}')" for name, stage in FAILURES.items()},
    "films_given_up": "count(*) FILTER (WHERE r.status = 'fast_path_ready' AND r.has_error AND NOT r.hit)",
    "regenerations": "count(*) FILTER (WHERE r.is_regeneration)",
    "cost": (
        f"0.01 * count(*) FILTER (WHERE {_SERVED} AND NOT r.hit)"
        " + 0.10 * count(*) FILTER (WHERE r.status = 'completed' AND NOT r.hit)"
    ),
}
_COLUMNS = (*COUNTS, "cost", *PERCENTILES)
# An hour in which nobody asked has a row too, which says that it was counted.
_COUNT_HOURS = f"""
WITH counted AS (
    SELECT r.hour, coalesce(r.school_id, '{ALL}') AS school_id,
           {", ".join(f"{value} AS {name}" for name, value in (_SUMS | TIMES).items())}
    FROM (SELECT r.*, {FAST} AS fast_seconds FROM ({ROWS}) r) r
    GROUP BY GROUPING SETS ((r.hour), (r.hour, r.school_id))
), wanted AS (
    SELECT * FROM counted UNION ALL
    SELECT h, '{ALL}', {", ".join("0" for _ in (*COUNTS, "cost"))}, {", ".join("NULL" for _ in PERCENTILES)}
    FROM generate_series(CAST(:since AS timestamptz), CAST(:until AS timestamptz) - interval '1 hour', '1 hour') h
    WHERE NOT EXISTS (SELECT FROM counted c WHERE c.hour = h)
), gone AS (
    DELETE FROM {{content}}.request_hours old WHERE old.hour >= :since AND old.hour < :until
      AND NOT EXISTS (SELECT FROM wanted w WHERE w.hour = old.hour AND w.school_id = old.school_id)
)
INSERT INTO {{content}}.request_hours AS old (hour, school_id, {", ".join(_COLUMNS)})
SELECT hour, school_id, {", ".join(_COLUMNS)} FROM wanted
ON CONFLICT (hour, school_id) DO UPDATE SET ({", ".join(_COLUMNS)}) =
    ({", ".join(f"excluded.{name}" for name in _COLUMNS)})
WHERE (old.*) IS DISTINCT FROM (excluded.*)
"""  # noqa: S608 - fragments of ours, values are bound
_NEXT = f"""
SELECT since, least(date_trunc('hour', now(), 'UTC') + interval '1 hour', since + interval '{MOST} hours')
FROM (SELECT least(date_trunc('hour', now(), 'UTC') - interval '{FIXED_AFTER} hours', coalesce(
          (SELECT max(hour) - interval '{FIXED_AFTER - 1} hours' FROM {{content}}.request_hours
           WHERE school_id = '{ALL}'),
          (SELECT date_trunc('hour', min(created_at), 'UTC') FROM {{content}}.content_requests
           WHERE created_at > '2000-01-01'))) AS since) AS found
"""  # noqa: S608 - fragments of ours


class Hours(NamedTuple):
    """Whole hours (UTC), from the beginning of the first to the end of the last."""

    since: datetime
    until: datetime


def next_hours(conn: Connection) -> Hours:
    """Return the hours to be counted now, for whoever has them counted alone until his transaction is over.

    They begin with the first hour that was not 48 hours old when the last run counted it, and 48 hours ago at the
    latest: after a pause the hours before it are counted once more. Of many, those of a week.
    """
    conn.execute(sql(_LOCK))
    return Hours(*conn.execute(sql(_NEXT)).one())


def count_hours(conn: Connection, hours: Hours) -> int:
    """Count these hours in the caller's transaction; returns how many rows are new or changed."""
    return conn.execute(sql(_COUNT_HOURS), hours._asdict()).rowcount
