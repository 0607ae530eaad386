"""Tutors who reschedule again and again: from three times in 7 days an alert, from six in 14 a manager hears of it.

Both once in an ISO week (tutormax, reschedule pattern). Sessions count by the day for which they are scheduled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

ALERT_FROM, ESCALATE_FROM = 3, 6
_NOTE = f"""
WITH counted AS (
    SELECT s.tutor_id, count(*) FILTER (WHERE s.scheduled_start > now() - interval '7 days') AS week,
           count(*) AS fortnight
    FROM {{tutoring}}.sessions s JOIN {{tutoring}}.tutors t ON t.tutor_id = s.tutor_id
    WHERE s.tutor_initiated_reschedule AND s.scheduled_start > now() - interval '14 days' AND s.scheduled_start <= now()
      AND t.status IS DISTINCT FROM 'churned'
    GROUP BY s.tutor_id
)
INSERT INTO {{tutoring}}.reschedule_alerts (tutor_id, week, in_7_days, in_14_days, escalated)
SELECT tutor_id, CAST(date_trunc('week', now() AT TIME ZONE 'UTC') AS date), week, fortnight,
       fortnight >= {ESCALATE_FROM}
FROM counted WHERE week >= {ALERT_FROM} OR fortnight >= {ESCALATE_FROM} ORDER BY tutor_id
ON CONFLICT (tutor_id, week) DO UPDATE SET in_7_days = excluded.in_7_days, in_14_days = excluded.in_14_days,
    escalated = true
    WHERE excluded.escalated AND NOT reschedule_alerts.escalated
RETURNING tutor_id, week, in_7_days, in_14_days, escalated
"""  # noqa: S608 - fragments of ours


class Pattern(NamedTuple):
    """A tutor's reschedules, and the Monday of the ISO week; `escalated` where a manager is to hear of it."""

    tutor_id: str
    week: date
    in_7_days: int
    in_14_days: int
    escalated: bool


def note_reschedules(conn: Connection) -> list[Pattern]:
    """Enter the patterns of this week; returns those that are new, or have come to be escalated since."""
    return [Pattern(*row) for row in conn.execute(sql(_NOTE))]
