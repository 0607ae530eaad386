"""Writes grades: of each answer, and of each attempt by compare-and-set, thousands as one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from bellwork.db.courses.tables import AttemptStatus

_ANSWERS = """
UPDATE {courses}.answers r SET is_correct = g.is_correct, points_earned = g.points, ungraded_why = g.why
FROM jsonb_to_recordset(CAST(:graded AS jsonb)) AS g(
    attempt uuid, question uuid, is_correct boolean, points int, why text)
WHERE r.attempt_id = g.attempt AND r.question_id = g.question
"""
_ATTEMPTS = """
UPDATE {courses}.assessment_attempts t SET status = CAST(:status AS {courses}.attempt_status), score = g.score,
    total_points = g.total, percent_score = CASE WHEN g.total > 0 THEN trunc(100.0 * g.score / g.total, 2) ELSE 0 END,
    is_passing = g.passing, completed_at = coalesce(CAST(g.ended AS timestamptz), now())
FROM jsonb_to_recordset(CAST(:graded AS jsonb)) AS g(attempt uuid, score int, total int, passing boolean, ended text)
WHERE t.id = g.attempt AND t.status = 'in_progress'
RETURNING t.id
"""


class AnswerGrade(NamedTuple):
    """What an answer is worth; `is_correct` is None where `why` says that nobody could tell."""

    attempt_id: UUID
    question_id: UUID
    is_correct: bool | None
    points: int
    why: str | None = None


class AttemptGrade(NamedTuple):
    """What an attempt is worth, in points; `passing` is None where that hangs on answers that nobody could grade.

    `ended` is when its time was over, None where that is now.
    """

    attempt_id: UUID
    score: int
    total: int
    passing: bool | None
    ended: datetime | None = None


def write_answers(conn: Connection, grades: Sequence[AnswerGrade]) -> None:
    """Write the grades of answers by one statement."""
    rows = [
        {
            "attempt": str(each.attempt_id),
            "question": str(each.question_id),
            "is_correct": each.is_correct,
            "points": each.points,
            "why": each.why,
        }
        for each in grades
    ]
    conn.execute(sql(_ANSWERS), {"graded": json.dumps(rows)})


def write_attempts(conn: Connection, status: AttemptStatus, grades: Sequence[AttemptGrade]) -> list[UUID]:
    """End attempts that are in progress with their grades, by one statement; returns those that it ended."""
    rows = [
        {
            "attempt": str(each.attempt_id),
            "score": each.score,
            "total": each.total,
            "passing": each.passing,
            "ended": each.ended.isoformat() if each.ended else None,
        }
        for each in grades
    ]
    return list(conn.execute(sql(_ATTEMPTS), {"graded": json.dumps(rows), "status": status}).scalars())
