"""Exact sums of a tutor's day, of the whole day from raw rows: however often and in whatever order, they are equal.

A session counts for the UTC day of its scheduled_start, with what was said of it; feedback counts for its session's
tutor. Whatever lies after `at` counts nowhere yet.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql
from bellwork.db.tutoring.thresholds import EVENT_DAYS, GOOD_RATING, LONGEST, ON_TIME_MINUTES, POOR_RATING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


class Sums(Enum):
    """Which sums of a day: of sessions, with what was said of them, or of events."""

    SESSIONS = "sessions"
    EVENTS = "events"


_COUNTED = {"good": GOOD_RATING, "poor": POOR_RATING, "late": ON_TIME_MINUTES}
_OF_SESSIONS = """
    count(*) AS sessions,
    count(*) FILTER (WHERE s.no_show IS FALSE AND s.actual_start IS NOT NULL) AS completed,
    count(*) FILTER (WHERE s.no_show) AS no_shows,
    count(*) FILTER (WHERE s.tutor_initiated_reschedule) AS reschedules,
    count(*) FILTER (WHERE s.late_start_minutes <= :late) AS on_time,
    count(s.learning_objectives_met) AS objectives,
    count(*) FILTER (WHERE s.learning_objectives_met) AS objectives_met,
    count(s.engagement_score) AS engaged,
    [thousandths of engagement] AS engagement,
    count(f.overall_rating) AS rated,
    coalesce(sum(f.overall_rating), 0) AS ratings,
    count(f.overall_rating) FILTER (WHERE s.session_number = 1) AS first_rated,
    count(*) FILTER (WHERE s.session_number = 1 AND f.overall_rating >= :good) AS first_good,
    count(*) FILTER (WHERE s.session_number = 1 AND f.overall_rating < :poor) AS first_poor,
    count(f.overall_rating) FILTER (
        WHERE s.session_number = 1 AND (f.overall_rating < :poor OR s.late_start_minutes > :late)) AS first_troubled
"""
# A response time that is no number is none.
_OF_EVENTS = """
    count(*) FILTER (WHERE e.event_type = 'login') AS logins,
    count(*) FILTER (WHERE jsonb_typeof(e.minutes) = 'number') AS responses,
    coalesce(sum(CAST(e.minutes AS numeric)) FILTER (WHERE jsonb_typeof(e.minutes) = 'number'), 0) AS response_minutes
"""
_EVENTS_READ = """
    SELECT r.tutor_id, r.event_type, r.event_timestamp,
           CASE WHEN r.event_type = 'message_response' THEN r.metadata -> 'response_time_minutes' END AS minutes
    FROM {tutoring}.tutor_events r WHERE r.event_type IN ('login', 'message_response')
"""
# A double counts as what it prints as numeric. Nearly all are thousandths from 0 to 1 (their quotient is that very
# double), and these are added as integers, in a quarter of the time; all others as they print.
_ENGAGEMENT = """
    coalesce(sum(CAST(round(s.engagement_score * 1000) AS integer)) FILTER (
        WHERE s.engagement_score BETWEEN 0 AND 1 AND round(s.engagement_score * 1000) / 1000 = s.engagement_score
    ), 0) * 0.001 + coalesce(sum(CAST(s.engagement_score AS numeric)) FILTER (
        WHERE s.engagement_score NOT BETWEEN 0 AND 1 OR round(s.engagement_score * 1000) / 1000 <> s.engagement_score
    ), 0)
"""
_SESSIONS = (
    *("sessions", "completed", "no_shows", "reschedules", "on_time", "objectives", "objectives_met", "engaged"),
    *("engagement", "rated", "ratings", "first_rated", "first_good", "first_poor", "first_troubled"),
)
_EVENTS = ("logins", "responses", "response_minutes")
_COLUMNS = (*_SESSIONS, *_EVENTS)
# Looked up by its key for each day, however many days a planner expects: a join may read the table for one.
_STORED = """
    LEFT JOIN LATERAL (
        SELECT * FROM {tutoring}.tutor_days o WHERE o.tutor_id = n.tutor_id AND o.day = n.day OFFSET 0
    ) AS o ON true
"""
# Where events of a day may be purged already, what was counted of them stays.
_PURGED = "[day] < CAST(:events_from AS date) AND o.tutor_id IS NOT NULL"


def _new(names: Sequence[str]) -> str:
    counted = {name: f"coalesce(n.{name}, 0)" for name in names}
    kept = {name: f"CASE WHEN {_PURGED} THEN o.{name} ELSE {counted[name]} END" for name in names if name in _EVENTS}
    return ", ".join((counted | kept).values())


def _old(names: Sequence[str]) -> str:
    return ", ".join(f"coalesce(o.{name}, 0)" for name in names)


_PARTS = {
    "[sums of sessions]": _OF_SESSIONS,
    "[thousandths of engagement]": _ENGAGEMENT.strip(),
    "[sums of events]": _OF_EVENTS,
    "[events]": _EVENTS_READ,
    "[columns]": ", ".join(_COLUMNS),
    "[new]": f"{_new(_SESSIONS)}, {_new(_EVENTS)}",
    "[stored]": _STORED,
    "[old]": _old(_COLUMNS),
    "[set]": ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS),
    "[since]": "CAST(a.day AS timestamp) AT TIME ZONE 'UTC'",
    "[until]": "CAST(a.day + 1 AS timestamp) AT TIME ZONE 'UTC'",
}
# One tutor and day at a time by the indexes of tutor and time: whatever the plan, the cost is that of the day's rows.
_ROLL = """
WITH noted AS (
    SELECT DISTINCT n.tutor_id, n.day
    FROM unnest(CAST(:tutors AS text[]), CAST(:days AS date[])) AS n(tutor_id, day)
), asked AS MATERIALIZED (
    SELECT t.tutor_id, n.day, true AS noted
    FROM noted n JOIN {tutoring}.tutors t USING (tutor_id)
    WHERE n.day BETWEEN CAST(:first AS date) AND CAST(:last AS date)
    UNION
    SELECT t.tutor_id, CAST(CAST(:first AS date) + step AS date), false
    FROM (SELECT DISTINCT tutor_id FROM noted WHERE CAST(:open AS boolean)) n
    JOIN {tutoring}.tutors t USING (tutor_id)
    LEFT JOIN {tutoring}.tutor_states st USING (tutor_id)
    CROSS JOIN LATERAL generate_series(
        greatest(coalesce(st.rolled_through + 1 - CAST(:first AS date), 0), 0),
        CAST(:last AS date) - CAST(:first AS date)) AS step
), days AS (
    SELECT tutor_id, day, bool_or(noted) AS noted FROM asked GROUP BY tutor_id, day
), n AS MATERIALIZED (
    SELECT a.tutor_id, a.day, a.noted, x.*, y.*
    FROM days a
    CROSS JOIN LATERAL (
        SELECT [sums of sessions]
        FROM {tutoring}.sessions s LEFT JOIN {tutoring}.student_feedback f ON f.session_id = s.session_id
        WHERE s.tutor_id = a.tutor_id AND s.scheduled_start >= [since] AND s.scheduled_start < [until]
          AND s.scheduled_start <= CAST(:at AS timestamptz)
    ) AS x
    CROSS JOIN LATERAL (
        SELECT [sums of events]
        FROM ([events] AND r.tutor_id = a.tutor_id AND r.event_timestamp >= [since] AND r.event_timestamp < [until]
              AND r.event_timestamp <= CAST(:at AS timestamptz) OFFSET 0) e
    ) AS y
), both_sums AS MATERIALIZED (
    SELECT n.tutor_id, n.day, n.noted AND n.first_poor > coalesce(o.first_poor, 0) AS poor,
           ROW([new]) IS DISTINCT FROM ROW([old]) AS changed
    FROM n [stored]
), written AS (
    INSERT INTO {tutoring}.tutor_days (tutor_id, day, [columns])
    SELECT n.tutor_id, n.day, [new]
    FROM n JOIN both_sums USING (tutor_id, day) [stored]
    WHERE both_sums.changed
    ON CONFLICT (tutor_id, day) DO UPDATE SET [set]
)
SELECT tutor_id, count(*) FILTER (WHERE changed), bool_or(poor) FROM both_sums GROUP BY tutor_id
"""
# Sums of sessions and of events are compared apart: so two connections do that side by side, and nothing joins the two.
_OF_RAW_SESSIONS = """
    SELECT s.tutor_id, date_bin('1 day', s.scheduled_start, :since) AS midnight, [sums of sessions]
    FROM {tutoring}.sessions s LEFT JOIN {tutoring}.student_feedback f ON f.session_id = s.session_id
    WHERE s.scheduled_start >= :since AND s.scheduled_start < :until
    GROUP BY 1, 2
"""
_OF_RAW_EVENTS = """
    SELECT e.tutor_id, date_bin('1 day', e.event_timestamp, :since) AS midnight, [sums of events]
    FROM ([events] AND r.event_timestamp >= :since AND r.event_timestamp < :until) e
    GROUP BY 1, 2
"""
_DIFFERING = """
WITH n AS (
    SELECT *, CAST(midnight AT TIME ZONE 'UTC' AS date) AS day FROM ([raw]) x
), o AS (
    SELECT * FROM {tutoring}.tutor_days
    WHERE day BETWEEN CAST(:first AS date) AND CAST(:last AS date)
)
SELECT tutor_id, day FROM n FULL JOIN o USING (tutor_id, day)
WHERE ROW([new]) IS DISTINCT FROM ROW([old])
"""


# Sums of all tutors and days fit into memory, and are few beside their rows, so each process may sum up what it reads.
# A planner expects many times as many, for it does not know how many moments a day has. To compile the expressions in
# each process took PostgreSQL 15 two seconds, twice what it takes to compare 450 tutors.
_ROOM = """
SELECT set_config('work_mem', '64MB', true), set_config('parallel_tuple_cost', '0.03', true),
       set_config('jit', 'off', true), set_config('statement_timeout', '5min', true)
"""
# Feedback has no day of its own. Beside a long history its rows are looked up, which costs several times what reading
# one does; a planner expects far more of it, and would read the history.
_LOOK_UP = """
SELECT set_config(join_by, 'off', true) FROM unnest(ARRAY['enable_hashjoin', 'enable_mergejoin']) AS join_by
WHERE (SELECT sum(d.sessions) FROM {tutoring}.tutor_days d
       WHERE d.day BETWEEN CAST(:first AS date) AND CAST(:last AS date)) BETWEEN 1 AND (
    SELECT c.reltuples / 4 FROM pg_class c WHERE c.oid = CAST('{tutoring}.student_feedback' AS regclass))
"""


def _whole(text: str) -> str:
    for name, part in _PARTS.items():
        text = text.replace(name, part)
    return text


def _compared(raw: str, names: Sequence[str]) -> str:
    text = _DIFFERING.replace("[raw]", raw).replace("[new]", _new(names)).replace("[old]", _old(names))
    return _whole(text).replace("[day]", "day")


_ROLL = _whole(_ROLL).replace("[day]", "n.day")
_COMPARED = {
    Sums.SESSIONS: _compared(_OF_RAW_SESSIONS, _SESSIONS),
    Sums.EVENTS: _compared(_OF_RAW_EVENTS, _EVENTS),
}


class Rolled(NamedTuple):
    """What summing up a tutor's days brought: how many of them differed, and whether a poor first session is new."""

    tutor_id: str
    corrected: int
    poor_first: bool


class TutorDay(NamedTuple):
    """A day of a tutor's."""

    tutor_id: str
    day: date


def span(day: date) -> list[date]:
    """List the days whose sums the rows of `day` and of the day before it need, the first one first."""
    return [day - timedelta(days=back) for back in range(LONGEST, -1, -1)]


def roll(  # noqa: PLR0913 - each is a moment or a choice of its own
    conn: Connection,
    asked: Sequence[TutorDay],
    at: datetime,
    *,
    today: date,
    open_too: bool,
    purged_by: date | None = None,
) -> list[Rolled]:
    """Sum up these days anew from raw rows, and where `open_too` also those that had not ended when they last were.

    Days before the longest window that ends `today`, or after today, are left alone. Of days whose events may have
    been purged by now (`purged_by`, today unless told) the stored sums of events stay. The caller holds the tutors'
    buckets (`hold`): two that summed up one day at once could write the older sums last.
    """
    days = span(today)
    rows = conn.execute(
        sql(_ROLL),
        {
            **_COUNTED,
            "tutors": [each.tutor_id for each in asked],
            "days": [each.day for each in asked],
            "first": days[0],
            "last": days[-1],
            "open": open_too,
            "events_from": events_from(purged_by or today),
            "at": at,
        },
    )
    return [Rolled(*row) for row in rows]


def differing(  # noqa: PLR0913 - each is a moment or a choice of its own
    conn: Connection, of: Sums, first: date, last: date, at: datetime, *, purged_by: date
) -> list[TutorDay]:
    """List the days, from `first` to `last`, whose stored sums of these are not the raw rows'; changes nothing.

    It may take minutes, in a transaction that does nothing else.
    """
    asked = {
        **_COUNTED,
        "first": first,
        "last": last,
        "since": datetime.combine(first, time(), UTC),
        # What happens at this very moment counts.
        "until": min(datetime.combine(last + timedelta(days=1), time(), UTC), at + timedelta(microseconds=1)),
        "events_from": events_from(purged_by),
    }
    conn.execute(sql(_ROOM))
    if of is Sums.SESSIONS:
        conn.execute(sql(_LOOK_UP), {"first": first, "last": last})
    return [TutorDay(*row) for row in conn.execute(sql(_COMPARED[of]), asked)]


def events_from(today: date) -> date:
    """Return the first day of which no event has been purged by `today`."""
    return today - timedelta(days=EVENT_DAYS - 1)
