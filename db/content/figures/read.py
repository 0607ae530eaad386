"""What `bellwork figures content` shows: figures of hours and days, and students who struggle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.sql import sql
from bellwork.db.vocabulary.counted import Counted

if TYPE_CHECKING:
    from sqlalchemy import Connection

_HOURS = """
SELECT f.* FROM {content}.hourly_figures f
WHERE school_id = :part AND hour > now() - make_interval(days => :days) ORDER BY hour DESC
"""
_DAYS = """
SELECT f.* FROM {content}.daily_figures f
WHERE school_id = :part AND day > CAST(now() AT TIME ZONE 'UTC' AS date) - CAST(:days AS int) ORDER BY day DESC
"""
# Of one day: the schools side by side.
_SCHOOLS = """
SELECT f.* FROM {content}.daily_figures f
WHERE (school_id = :part OR :part = '' AND school_id <> '')
  AND day > CAST(now() AT TIME ZONE 'UTC' AS date) - CAST(:days AS int) ORDER BY day DESC, school_id
"""
_STRUGGLING = """
SELECT id, school_id, struggling_topics, simplify_requests, topics FROM {content}.struggling_students
WHERE :part IN ('', school_id) ORDER BY struggling_topics DESC, id
"""


def _read(statement: str, conn: Connection, days: int, part: str) -> list[dict[str, Any]]:
    found = conn.execute(sql(statement), {"days": days, "part": part}).mappings()
    return [{name: value for name, value in row.items() if name != "school_id" or value} for row in found]


COUNTED = (
    Counted("days", "requests and students of a day (UTC)", lambda *asked: _read(_DAYS, *asked)),
    Counted("schools", "the same, of each school", lambda *asked: _read(_SCHOOLS, *asked)),
    Counted("hours", "requests of an hour (UTC)", lambda *asked: _read(_HOURS, *asked)),
    Counted(
        "struggling", "students who struggle with two topics or more, now", lambda *asked: _read(_STRUGGLING, *asked)
    ),
)
