"""What stands to be graded: locked attempts, and every question of theirs with what was answered in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

_DUE = "t.started_at + a.time_limit_minutes * interval '1 minute'"
_LOCK = """
SELECT t.id, t.user_id, a.lesson_id, a.passing_score, [due] AS due, now() AS now
FROM {courses}.assessment_attempts t JOIN {courses}.assessments a ON a.id = t.assessment_id
WHERE t.id = ANY(CAST(:ids AS uuid[])) AND t.status = 'in_progress' ORDER BY t.id FOR NO KEY UPDATE OF t
""".replace("[due]", _DUE)
_PROGRAM = """EXISTS (
    SELECT FROM {courses}.answers r JOIN {courses}.questions q ON q.id = r.question_id
    WHERE r.attempt_id = t.id AND q.question_type = 'code' AND r.response IS NOT NULL)"""
_OVER = f"""
FROM {{courses}}.assessment_attempts t JOIN {{courses}}.assessments a ON a.id = t.assessment_id
WHERE t.status = 'in_progress' AND t.started_at < now() AND {_DUE} <= now()"""
# Of attempts that somebody grades just now nothing is left to be done here.
_LOCK_DUE = f"""
SELECT t.id {_OVER} AND NOT {_PROGRAM} ORDER BY t.started_at LIMIT :most FOR NO KEY UPDATE OF t SKIP LOCKED
"""
_DUE_PROGRAMS = f"SELECT t.id {_OVER} AND {_PROGRAM} ORDER BY t.started_at LIMIT :most"
_QUESTIONS = """
SELECT t.id, q.id, q.question_type::text, q.options, q.correct_answer, q.points, r.response,
       (r.created_at > [due]) IS TRUE AS late, r.id IS NOT NULL AS answered
FROM {courses}.assessment_attempts t
JOIN {courses}.assessments a ON a.id = t.assessment_id
JOIN {courses}.questions q ON q.assessment_id = t.assessment_id
LEFT JOIN {courses}.answers r ON r.attempt_id = t.id AND r.question_id = q.id
WHERE t.id = ANY(CAST(:ids AS uuid[])) ORDER BY t.id, q.order_index, q.id
""".replace("[due]", _DUE)


class Attempt(NamedTuple):
    """An attempt in progress, locked; `due` is when its time is over, None without a limit."""

    id: UUID
    user_id: UUID
    lesson_id: UUID | None
    passing_score: int
    due: datetime | None
    now: datetime


class Asked(NamedTuple):
    """A question in an attempt and what was answered; `late` where that came after the time was over."""

    attempt_id: UUID
    question_id: UUID
    question_type: str
    options: list[Any] | dict[str, Any] | None
    correct_answer: str
    points: int
    response: str | None
    late: bool
    answered: bool

    @property
    def is_program(self) -> bool:
        """Whether it was answered in time by a program."""
        return self.question_type == "code" and self.response is not None and not self.late


def lock_attempts(conn: Connection, attempts: Sequence[UUID]) -> list[Attempt]:
    """Lock those of the attempts that are in progress still; who comes second finds none."""
    return [Attempt(*row) for row in conn.execute(sql(_LOCK), {"ids": list(attempts)})]


def lock_due(conn: Connection, most: int) -> list[UUID]:
    """Lock attempts whose time is over and that nobody else has locked, the oldest first, at most so many.

    None with an answer that is a program: that takes a sandbox, outside of any transaction.
    """
    return list(conn.execute(sql(_LOCK_DUE), {"most": most}).scalars())


def due_programs(conn: Connection, most: int) -> list[UUID]:
    """List attempts whose time is over and that have an answer which is a program, the oldest first."""
    return list(conn.execute(sql(_DUE_PROGRAMS), {"most": most}).scalars())


def read_questions(conn: Connection, attempts: Sequence[UUID]) -> list[Asked]:
    """Return the questions of attempts, answered or not."""
    return [Asked(*row) for row in conn.execute(sql(_QUESTIONS), {"ids": list(attempts)})]
