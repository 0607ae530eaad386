"""What a learner did, in his own days: texts that several statements here share."""

from __future__ import annotations

#: The zone of the learner `u`, and the day it is there now.
LEARNER = """
SELECT zone, CAST(now() AT TIME ZONE zone AS date) AS today
FROM (SELECT coalesce({companion}.known_zone(u.profile #>> '{preferences,time_zone}'), 'UTC') AS zone OFFSET 0) AS z"""


def counted(did: str) -> str:
    """Count completed items and held sessions, and the days in a row up to today or yesterday, of rows (at, item).

    A day is the learner's; one that is not over yet breaks nothing. What has no moment, or one that is still to come,
    counts for no day.
    """
    return f"""
    SELECT CAST(coalesce(sum(items), 0) AS int) AS items, CAST(coalesce(sum(sessions), 0) AS int) AS sessions,
           count(*) FILTER (WHERE day + place = latest + 1 AND latest >= learner.today - 1) AS streak
    FROM (
        SELECT day, count(*) FILTER (WHERE item) AS items, count(*) FILTER (WHERE NOT item) AS sessions,
               CAST(row_number() OVER (ORDER BY day DESC NULLS LAST) AS int) AS place, max(day) OVER () AS latest
        FROM (
            SELECT CASE WHEN at <= now() THEN CAST(at AT TIME ZONE learner.zone AS date) END AS day, item
            FROM ({did}) AS did
        ) AS dated GROUP BY day
    ) AS days"""  # noqa: S608 - fragments of ours, values are bound
