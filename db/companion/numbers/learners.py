"""Learners: what is counted of each, and the documents in his row that say it (study_companion.md, users)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bellwork.db.companion.numbers.counted import LEARNER, Done, counted, of_these
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy import Connection

_LOCK = """
SELECT id FROM {companion}.users WHERE id = :id AND role = 'student' FOR NO KEY UPDATE
"""
# A learner is due once in each of his days. Whoever is at one already is passed over: he will have today's numbers.
# Walked along the ids, with a look at each one's day: as IS DISTINCT FROM the planner expects one row of it, and would
# read and sort all learners for each batch.
_LOCK_DUE = f"""
SELECT u.id FROM {{companion}}.users u CROSS JOIN LATERAL ({LEARNER}) AS learner
WHERE u.role = 'student' AND u.id > :after AND u.id <= :until
  AND ((SELECT d.day FROM {{companion}}.learner_days d WHERE d.student_id = u.id) = learner.today) IS NOT TRUE
ORDER BY u.id LIMIT :most FOR NO KEY UPDATE OF u SKIP LOCKED
"""  # noqa: S608 - fragments of ours, values are bound
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)
_ITEMS = Done("FROM {companion}.practice_assignments a WHERE a.completed AND a.student_id = u.id", "a.completed_at")
_SESSIONS = Done("FROM {companion}.sessions s WHERE s.student_id = u.id AND s.session_date <= now()", "s.session_date")
_READ = f"""
SELECT u.id, learner.today, did.items, did.sessions, did.streak, said.high, said.medium, said.low,
       nudged.sent, nudged.opened, nudged.clicked,
       (SELECT count(*) FROM {{companion}}.overrides o WHERE o.student_id = u.id) AS overrides,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
               'subject', s.name, 'completion', g.completion_percentage, 'streak', g.current_streak,
               'xp', g.xp_earned) ORDER BY g.created_at, g.id), '[]')
        FROM {{companion}}.goals g LEFT JOIN {{companion}}.subjects s ON s.id = g.subject_id
        WHERE g.student_id = u.id AND g.status IN ('active', 'completed')) AS goals
FROM {{companion}}.users u
CROSS JOIN LATERAL ({LEARNER}) AS learner
CROSS JOIN LATERAL ({counted((_ITEMS,), _SESSIONS)}) AS did
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE q.confidence = 'High') AS high,
           count(*) FILTER (WHERE q.confidence = 'Medium') AS medium,
           count(*) FILTER (WHERE q.confidence = 'Low') AS low
    FROM {{companion}}.qa_interactions q WHERE q.student_id = u.id
) AS said
CROSS JOIN LATERAL (
    SELECT count(*) AS sent, count(*) FILTER (WHERE coalesce(n.opened_at, n.clicked_at) IS NOT NULL) AS opened,
           count(n.clicked_at) AS clicked
    FROM {{companion}}.nudges n WHERE n.user_id = u.id
) AS nudged
WHERE"""  # noqa: S608 - as above


def _document(value: str) -> str:
    return f"CASE jsonb_typeof({value}) WHEN 'object' THEN {value} ELSE '{{}}' END"


_PROGRESS = f"""{_document("u.profile -> 'progress'")} || jsonb_build_object('multi_goal_tracking', n.goals)"""
# The documents hold more than these keys: only ours are written, and only into a row in which one of them differs.
_WRITE = f"""
WITH n AS (
    SELECT * FROM jsonb_to_recordset(CAST(:numbers AS jsonb))
        AS n(id uuid, today date, analytics jsonb, gamification jsonb, goals jsonb)
), marked AS (
    INSERT INTO {{companion}}.learner_days AS d (student_id, day)
    SELECT id, today FROM n WHERE CAST(:of_the_day AS boolean)
    ON CONFLICT (student_id) DO UPDATE SET day = excluded.day WHERE d.day <> excluded.day
)
UPDATE {{companion}}.users u SET
    analytics = {_document("u.analytics")} || n.analytics,
    gamification = {_document("u.gamification")} || n.gamification,
    profile = {_document("u.profile")} || jsonb_build_object('progress', {_PROGRESS})
FROM n WHERE u.id = n.id
  AND (u.analytics @> n.analytics AND u.gamification @> n.gamification
       AND u.profile #> '{{progress,multi_goal_tracking}}' = n.goals) IS NOT TRUE
RETURNING u.id
"""  # noqa: S608 - as above


@dataclass(frozen=True)
class Learner:
    """What was counted of a learner, up to now and in his own days."""

    id: UUID
    today: date
    items: int
    sessions: int
    streak: int
    high: int
    medium: int
    low: int
    sent: int
    opened: int
    clicked: int
    overrides: int
    goals: list[dict[str, Any]]


def lock_learner(conn: Connection, student_id: UUID) -> list[UUID]:
    """Lock a student's row, and wait for whoever has it; returns him, or nobody where there is no such student."""
    return list(conn.execute(sql(_LOCK), {"id": student_id}).scalars())


def lock_due_learners(conn: Connection, after: UUID | None, until: UUID | None, most: int) -> list[UUID]:
    """Lock the next students after one and until another, by their ids, whose numbers are not of their own today.

    The transaction goes on without JIT: compiling its statements anew would take longer than they do.
    """
    conn.execute(sql("SET LOCAL jit = off"))
    return list(
        conn.execute(sql(_LOCK_DUE), {"after": after or _FIRST, "until": until or _LAST, "most": most}).scalars()
    )


def count_learners(conn: Connection, students: Collection[UUID]) -> list[Learner]:
    """Count, from the rows, what some learners did and were told, who are locked by the caller."""
    these, asked = of_these("u.id", students)
    return [Learner(*row) for row in conn.execute(sql(f"{_READ} {these} ORDER BY u.id"), asked)]


def write_learners(conn: Connection, numbers: Sequence[dict[str, Any]], *, of_the_day: bool) -> list[UUID]:
    """Write {id, today, analytics, gamification, goals} of each; returns whose row changed by that.

    `of_the_day` says that all goals of these learners were counted, too: they are not due again today.
    """
    asked = {"numbers": json.dumps(numbers, default=str), "of_the_day": of_the_day}
    return list(conn.execute(sql(_WRITE), asked).scalars())
