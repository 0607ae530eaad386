"""Goals: what counts for each, and the numbers that stand in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.companion.numbers.counted import LEARNER, Done, counted, of_these
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from decimal import Decimal
    from uuid import UUID

    from sqlalchemy import Connection

# Locked first and counted then, by a statement of its own: it sees what was committed while the lock was waited for.
_LOCK = """
SELECT id, student_id, status = 'active' AS active FROM {companion}.goals WHERE id = :id FOR NO KEY UPDATE
"""
_LOCK_OF = """
SELECT id FROM {companion}.goals WHERE student_id = ANY(CAST(:students AS uuid[])) AND status = 'active'
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""
# Looked up by their tags alone, and only then by whose they are: else all of a learner's items would be read for it.
_TAGGED = """(
    SELECT a.student_id, a.completed_at FROM {companion}.practice_assignments a
    WHERE a.completed AND a.goal_tags @> ARRAY[CAST(g.id AS text)] OFFSET 0) AS a"""
_ITEMS = (
    Done(f"FROM {_TAGGED} WHERE tagged.any AND a.student_id = g.student_id", "a.completed_at"),
    Done(
        "FROM {companion}.practice_assignments a"
        " WHERE NOT tagged.any AND a.completed AND a.student_id = g.student_id AND a.subject_id = g.subject_id",
        "a.completed_at",
    ),
)
_SESSIONS = Done(
    "FROM {companion}.sessions s"
    " WHERE s.student_id = g.student_id AND s.subject_id = g.subject_id AND s.session_date <= now()",
    "s.session_date",
)
_READ = f"""
SELECT g.id, g.student_id, g.goal_type, r.rating, did.items, did.sessions, did.streak
FROM {{companion}}.goals g
JOIN {{companion}}.users u ON u.id = g.student_id
LEFT JOIN {{companion}}.student_ratings r ON r.student_id = g.student_id AND r.subject_id = g.subject_id
CROSS JOIN LATERAL ({LEARNER}) AS learner
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM {_TAGGED} WHERE a.student_id = g.student_id) AS any OFFSET 0
) AS tagged
CROSS JOIN LATERAL ({counted(_ITEMS, _SESSIONS)}) AS did
WHERE"""  # noqa: S608 - fragments of ours, values are bound
# What stays as it is gets no new version of its row. At 100 the goal is reached, for good: no later count reopens it.
_WRITE = """
UPDATE {companion}.goals g SET
    completion_percentage = n.percent, current_streak = n.streak, xp_earned = n.xp,
    status = CASE WHEN n.percent = 100 THEN 'completed' ELSE g.status END,
    completed_at = CASE WHEN n.percent = 100 THEN now() ELSE g.completed_at END
FROM unnest(CAST(:ids AS uuid[]), CAST(:percents AS numeric[]), CAST(:streaks AS int[]), CAST(:xps AS int[]))
    AS n(id, percent, streak, xp)
WHERE g.id = n.id AND g.status = 'active'
  AND (g.completion_percentage, g.current_streak, g.xp_earned, g.status)
      IS DISTINCT FROM (n.percent, n.streak, n.xp, CASE WHEN n.percent = 100 THEN 'completed' ELSE g.status END)
RETURNING g.id, g.student_id, g.status = 'completed' AS reached
"""


@dataclass(frozen=True)
class Goal:
    """A goal, whose it is, and whether its numbers still move."""

    id: UUID
    student_id: UUID
    active: bool


@dataclass(frozen=True)
class Counted:
    """What was counted for a goal; `streak` is in the learner's days."""

    goal_id: UUID
    student_id: UUID
    goal_type: str | None
    rating: int | None
    items: int
    sessions: int
    streak: int


@dataclass(frozen=True)
class Numbers:
    """The numbers of a goal, as they are to stand in its row."""

    goal_id: UUID
    percent: Decimal
    streak: int
    xp: int


@dataclass(frozen=True)
class Changed:
    """A goal whose row was written; `reached` is told once, by whoever wrote the 100."""

    goal_id: UUID
    student_id: UUID
    reached: bool


def lock_goal(conn: Connection, goal_id: UUID) -> Goal | None:
    """Lock a goal, and wait for whoever has it; None where there is none."""
    row = conn.execute(sql(_LOCK), {"id": goal_id}).one_or_none()
    return Goal(*row) if row else None


def lock_goals_of(conn: Connection, students: Collection[UUID]) -> list[UUID]:
    """Lock the active goals of some students, but for those on which somebody is working."""
    return list(conn.execute(sql(_LOCK_OF), {"students": list(students)}).scalars())


def count_goals(conn: Connection, goal_ids: Collection[UUID]) -> list[Counted]:
    """Count, from the rows, what stands behind some goals that the caller has locked."""
    these, asked = of_these("g.id", goal_ids)
    return [Counted(*row) for row in conn.execute(sql(f"{_READ} {these} ORDER BY g.id"), asked)]


def write_goals(conn: Connection, numbers: Sequence[Numbers]) -> list[Changed]:
    """Write the numbers of active goals; returns those whose row changed by that."""
    asked = {
        "ids": [each.goal_id for each in numbers],
        "percents": [each.percent for each in numbers],
        "streaks": [each.streak for each in numbers],
        "xps": [each.xp for each in numbers],
    }
    return [Changed(*row) for row in conn.execute(sql(_WRITE), asked)]
