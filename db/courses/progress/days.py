"""What learners did on which day: a row a learner and day, in the time zone that he has, else UTC's."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Connection

#: Seconds of a film that a ping of the player stands for (learncraft: it comes each 30 s).
PING = 30
_DAY = "CAST(timezone(coalesce(z.zone, 'UTC'), [at]) AS date)"
_COUNT = """
INSERT INTO {courses}.learner_days AS d (user_id, day, seconds, lessons, quizzes)
SELECT u.id, [day], :seconds, :lessons, :quizzes
FROM {courses}.users u LEFT JOIN {courses}.learner_zones z ON z.user_id = u.id WHERE u.id = :user_id
ON CONFLICT (user_id, day) DO UPDATE SET seconds = least(d.seconds + excluded.seconds, 86400),
    lessons = d.lessons + excluded.lessons, quizzes = d.quizzes + excluded.quizzes
""".replace("[day]", _DAY.replace("[at]", "CAST(:at AS timestamptz)"))
# What the application wrote of a learner makes a day one of his, too: of events that came since the run before.
_FOLD = """
INSERT INTO {courses}.learner_days (user_id, day)
SELECT DISTINCT e.user_id, [day] FROM {courses}.learning_events e
LEFT JOIN {courses}.learner_zones z ON z.user_id = e.user_id
WHERE e.created_at >= now() - interval '3 days'
ORDER BY 1, 2
ON CONFLICT DO NOTHING
""".replace("[day]", _DAY.replace("[at]", "e.created_at"))
_READ = """
SELECT d.user_id, d.seconds, d.lessons, d.quizzes FROM {courses}.learner_days d WHERE d.day = :day ORDER BY d.user_id
"""
_DAYS = "SELECT DISTINCT day FROM {courses}.learner_days WHERE day BETWEEN :since AND :until ORDER BY day"


class Activity(NamedTuple):
    """What a learner did on a day: seconds of films, lessons and quizzes that he completed."""

    user_id: UUID
    seconds: int = 0
    lessons: int = 0
    quizzes: int = 0


def count_day(conn: Connection, at: datetime, more: Activity) -> None:
    """Add to a learner's day that a moment lies in, in the transaction that makes it so."""
    conn.execute(sql(_COUNT), {"at": at, **more._asdict()})


def fold_events(conn: Connection) -> int:
    """Give learners the days of which learning events of the last three tell; returns how many rows that made."""
    return conn.execute(sql(_FOLD)).rowcount


def days_between(conn: Connection, since: date, until: date) -> list[date]:
    """List the days between two, both included, on which anybody did anything."""
    return list(conn.execute(sql(_DAYS), {"since": since, "until": until}).scalars())


def read_day(conn: Connection, day: date) -> Sequence[Activity]:
    """Return what learners did on a day, by id."""
    return [Activity(*row) for row in conn.execute(sql(_READ), {"day": day})]
