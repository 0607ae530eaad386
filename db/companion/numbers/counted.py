"""What a learner did, in his own days: texts that several statements here share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

#: The zone of the learner `u`, and the day it is there now.
LEARNER = """
SELECT zone, CAST(now() AT TIME ZONE zone AS date) AS today
FROM (SELECT coalesce({companion}.known_zone(u.profile #>> '{preferences,time_zone}'), 'UTC') AS zone OFFSET 0) AS z"""


def of_these(column: str, ids: Collection[UUID]) -> tuple[str, dict[str, Any]]:
    """Name the rows of some ids. For one alone PostgreSQL keeps a plan; for a list it would make one each time."""
    one = len(ids) == 1
    condition = f"{column} = CAST(:id AS uuid)" if one else f"{column} = ANY(CAST(:ids AS uuid[]))"
    return condition, {"id": next(iter(ids))} if one else {"ids": list(ids)}


class Done(NamedTuple):
    """Rows of what was done, as `FROM … WHERE …`, and the moment of each."""

    rows: str
    at: str


def counted(items: tuple[Done, ...], sessions: Done) -> str:
    """Count items and sessions, and the days in a row with one of them, up to today or yesterday, of a `learner`.

    A day that is not over yet breaks nothing; what has no moment, or one that is still to come, is of no day. Days are
    looked at from today backwards, as far as they go: what lies before costs nothing.
    """
    count = " + ".join(f"(SELECT count(*) {done.rows})" for done in items)
    return f"""
    SELECT CAST({count} AS int) AS items, CAST((SELECT count(*) {sessions.rows}) AS int) AS sessions, (
        WITH RECURSIVE run AS (
            SELECT max(day) AS day FROM (VALUES (learner.today), (learner.today - 1)) AS latest(day)
            WHERE {_active("day", (*items, sessions))}
            UNION ALL SELECT run.day - 1 FROM run WHERE {_active("run.day - 1", (*items, sessions))}
        )
        SELECT CAST(count(day) AS int) FROM run
    ) AS streak"""  # noqa: S608 - fragments of ours, values are bound


def _active(day: str, did: tuple[Done, ...]) -> str:
    """Say that something was done on a day; the wider bounds are for the index: midnight may come twice."""
    begins = f"(CAST({day} AS timestamp) - interval '3 hours') AT TIME ZONE learner.zone"
    ends = f"(CAST({day} AS timestamp) + interval '27 hours') AT TIME ZONE learner.zone"
    return " OR ".join(
        f"EXISTS (SELECT {done.rows} AND {done.at} >= {begins} AND {done.at} < {ends} AND {done.at} <= now()"
        f" AND CAST({done.at} AT TIME ZONE learner.zone AS date) = {day})"
        for done in did
    )
