"""The letter about a week: for whom it is due, and what it tells, counted when it is about to go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from bellwork.db.companion.numbers.counted import LEARNER
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: What stands before person and ISO week in a letter's key: companion.week:<user>:2026-W48.
KEY = "companion.week:"
_KEY = re.compile(rf"{re.escape(KEY)}([0-9a-f-]{{36}}):(\d{{4}}-W\d{{2}})")
_CHILDREN = """
    SELECT c.id, c.profile FROM jsonb_array_elements_text(
        CASE jsonb_typeof(u.profile -> 'children') WHEN 'array' THEN u.profile -> 'children' ELSE '[]' END) AS child
    JOIN {companion}.users c ON c.role = 'student'
     AND c.id = CASE WHEN child ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN CAST(child AS uuid) END
    WHERE u.role = 'parent'
    UNION SELECT u.id, u.profile WHERE u.role = 'student'"""
_AT = "coalesce(CAST(:at AS timestamptz), now())"
_LATELY = f"""EXISTS (
    SELECT FROM learners l WHERE EXISTS (
        SELECT FROM {{companion}}.practice_assignments a WHERE a.student_id = l.id AND a.completed
          AND a.completed_at > {_AT} - interval '28 days'
    ) OR EXISTS (
        SELECT FROM {{companion}}.sessions s WHERE s.student_id = l.id
          AND s.session_date > {_AT} - interval '28 days' AND s.session_date <= {_AT}))"""  # noqa: S608 - as below
# From eight o'clock of a Monday to the end of Tuesday, by the reader's own clock; the key makes a letter of a week one.
_POST = f"""
WITH readers AS (
    SELECT u.id, u.role, u.profile FROM {{companion}}.users u
    WHERE u.role IN ('student', 'parent') AND (CAST(:after AS uuid) IS NULL OR u.id > :after)
    ORDER BY u.id LIMIT :most
), here AS (
    SELECT u.*, learner.zone, {_AT} AT TIME ZONE learner.zone AS at
    FROM readers u CROSS JOIN LATERAL ({LEARNER}) AS learner
), due AS (
    SELECT u.id, u.zone, CAST(date_trunc('week', u.at) AS date) AS monday FROM here u
    WHERE (extract(isodow FROM u.at) = 1 AND extract(hour FROM u.at) >= 8 OR extract(isodow FROM u.at) = 2)
      AND EXISTS (WITH learners AS ({_CHILDREN}) SELECT WHERE {_LATELY})
), posted AS (
    INSERT INTO bellwork.letters (key, system, kind, person, can_unsubscribe, not_after)
    SELECT '{KEY}' || id || ':' || to_char(monday - 7, 'IYYY"-W"IW'), 'companion', 'week', CAST(id AS text), true,
           CAST(monday + 2 AS timestamp) AT TIME ZONE zone
    FROM due ON CONFLICT (key) DO NOTHING RETURNING key
)
SELECT (SELECT count(*) FROM posted) AS posted, (SELECT id FROM readers ORDER BY id DESC LIMIT 1) AS last
"""  # noqa: S608 - fragments of ours, values are bound
_READER = """
SELECT u.email, u.role, coalesce(u.profile, '{}') AS profile, now() AS now FROM {companion}.users u WHERE u.id = :user
"""
_WEEK = f"""
WITH learners AS (SELECT l.* FROM {{companion}}.users u CROSS JOIN LATERAL ({_CHILDREN}) AS l WHERE u.id = :user)
SELECT u.id, coalesce(u.profile ->> 'name', '') AS name, did.items, did.rights, held.sessions, held.minutes,
       coalesce(x.gamification, '{{}}') AS gamification, ARRAY(
           SELECT jsonb_build_object('title', g.title, 'percent', g.completion_percentage,
                                     'reached', g.status = 'completed')
           FROM {{companion}}.goals g WHERE g.student_id = u.id AND (g.status = 'active' OR g.status = 'completed'
             AND g.completed_at >= CAST(:monday AS timestamp) AT TIME ZONE learner.zone)
           ORDER BY g.created_at, g.id LIMIT :most_goals) AS goals
FROM learners u
JOIN {{companion}}.users x ON x.id = u.id
CROSS JOIN LATERAL ({LEARNER}) AS learner
CROSS JOIN LATERAL (
    SELECT array_agg(items ORDER BY day) AS items, CAST(sum(rights) AS int) AS rights FROM (
        SELECT day, count(a.id) AS items, count(a.id) FILTER (WHERE a.performance_score >= :right) AS rights
        FROM generate_series(0, 6) AS day
        LEFT JOIN {{companion}}.practice_assignments a ON a.student_id = u.id AND a.completed
         AND a.completed_at >= CAST(CAST(:monday AS date) + day AS timestamp) AT TIME ZONE learner.zone
         AND a.completed_at < CAST(CAST(:monday AS date) + day + 1 AS timestamp) AT TIME ZONE learner.zone
        GROUP BY day) AS days
) AS did
CROSS JOIN LATERAL (
    SELECT count(*) AS sessions, CAST(coalesce(sum(s.duration_minutes), 0) AS int) AS minutes
    FROM {{companion}}.sessions s WHERE s.student_id = u.id
      AND s.session_date >= CAST(:monday AS timestamp) AT TIME ZONE learner.zone
      AND s.session_date < CAST(CAST(:monday AS date) + 7 AS timestamp) AT TIME ZONE learner.zone
) AS held
ORDER BY name, u.id
"""  # noqa: S608 - as above
_MOST_GOALS = 5


class Posted(NamedTuple):
    """How many letters were posted for some of the users, and who the last of them was (None: there are no more)."""

    letters: int
    last: UUID | None


class Reader(NamedTuple):
    """Who reads a letter about a week, and `now`."""

    email: str
    role: str
    profile: Any
    now: datetime


@dataclass(frozen=True)
class Week:
    """A learner's week: items of each day from Monday on, those that were right, sessions and their minutes, goals."""

    student_id: UUID
    name: str
    items: list[int]
    rights: int
    sessions: int
    minutes: int
    gamification: Any
    goals: list[dict[str, Any]]


def post_weeks(conn: Connection, after: UUID | None, most: int, at: datetime | None = None) -> Posted:
    """Post the letters about the week before to those of the next users for whom it is time, each once for a week.

    It is time by PostgreSQL's clock, or as it will be `at` a moment.
    """
    return Posted(*conn.execute(sql(_POST), {"after": after, "most": most, "at": at}).one())


def week_of_key(key: str) -> tuple[UUID, date] | None:
    """Return the reader and the Monday that a letter's key names; None for any other key."""
    found = _KEY.fullmatch(key)
    return (UUID(found[1]), datetime.strptime(f"{found[2]}-1", "%G-W%V-%u").date()) if found else None  # noqa: DTZ007 - a day


def read_reader(conn: Connection, user_id: UUID) -> Reader | None:
    """Read who is written to; None where nobody is there any more."""
    row = conn.execute(sql(_READER), {"user": user_id}).one_or_none()
    return Reader(*row) if row else None


def read_weeks(conn: Connection, user_id: UUID, monday: date, right_from: Any) -> list[Week]:
    """Count a week of a student, or of each child of a parent, in each learner's own days."""
    asked = {"user": user_id, "monday": monday, "right": right_from, "most_goals": _MOST_GOALS}
    return [Week(*row) for row in conn.execute(sql(_WEEK), asked)]
