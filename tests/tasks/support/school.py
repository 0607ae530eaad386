"""Students in courses, in a test: rows go in by name, what detection made of them comes out, and time is held still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from bellwork.db.engine import transaction
from bellwork.db.support import detection
from bellwork.db.support.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from bellwork.db.support.detection import Decided

Row = dict[str, Any]
#: The moment at which tests look, unless they say another one.
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
_EMPTY = """
TRUNCATE support.user_profiles, support.courses, support.student_enrollments, support.student_interventions,
    support.quiz_attempts, support.topic_completions, support.escalations, support.trainers, support.decisions,
    support.rule_days CASCADE;
DELETE FROM bellwork.jobs
"""
_numbers = count(1)


def empty() -> None:
    """Take every row of support and every job away."""
    change(_EMPTY)


def change(statement: str, **values: Any) -> None:
    """Execute a statement in a transaction of its own."""
    with transaction() as conn:
        conn.execute(text(statement), values)


def ask(statement: str, **values: Any) -> list[Any]:
    """Return the rows of a query."""
    with transaction() as conn:
        return list(conn.execute(text(statement), values).all())


def put(table: str, *rows: Row) -> list[Any]:
    """Insert rows into a table of support and return their keys."""
    made = metadata.tables[f"support.{table}"]
    key = next(iter(made.primary_key.columns))
    with transaction() as conn:
        return [conn.execute(insert(made).values(row).returning(key)).scalar_one() for row in rows]


def enroll(*, days: float = 5, course: Row | None = None, **columns: Any) -> UUID:
    """Enroll a new student, so many days before NOW, in a new course; he is where he is expected to be."""
    [student] = put("user_profiles", {"name": "Sam"})
    [into] = put("courses", course or {"title": "Algebra"})
    row = {
        "user_id": student,
        "course_id": into,
        "enrolled_at": NOW - timedelta(days=days),
        "completion_percentage": 100,
        **columns,
    }
    [enrollment] = put("student_enrollments", row)
    return enrollment  # type: ignore[no-any-return]


def attempts(enrollment: UUID, *results: bool, score: float | None = 80, ago: timedelta = timedelta(hours=1)) -> None:
    """Put attempts of quizzes, the oldest first, a minute apart, the newest so long ago."""
    put(
        "quiz_attempts",
        *(
            {
                "source_id": f"quiz-{next(_numbers)}",
                "enrollment_id": enrollment,
                "passed": passed,
                "score": score,
                "submitted_at": NOW - ago - timedelta(minutes=back),
            }
            for back, passed in zip(range(len(results) - 1, -1, -1), results, strict=True)
        ),
    )


def completed(enrollment: UUID, ago: timedelta = timedelta(hours=1)) -> None:
    """Put a topic completed so long ago."""
    row = {"source_id": f"topic-{next(_numbers)}", "enrollment_id": enrollment, "completed_at": NOW - ago}
    put("topic_completions", row)


def escalated(enrollment: UUID, times: int, ago: timedelta = timedelta(hours=1)) -> None:
    """Put escalated questions, all of that time."""
    put(
        "escalations",
        *(
            {"source_id": f"question-{next(_numbers)}", "enrollment_id": enrollment, "escalated_at": NOW - ago}
            for _ in range(times)
        ),
    )


def detect(*enrollments: UUID, at: datetime = NOW) -> list[Decided]:
    """Detect of these enrollments, or of all, at a moment."""
    with transaction() as conn:
        asked: Sequence[UUID] = enrollments or detection.list_due(conn, at)
        return detection.detect(conn, asked, at)


def rows(enrollment: UUID) -> list[Row]:
    """Return the interventions of an enrollment, the oldest first."""
    statement = "SELECT * FROM support.student_interventions WHERE enrollment_id = :id ORDER BY created_at, id"
    with transaction() as conn:
        return [dict(row) for row in conn.execute(text(statement), {"id": enrollment}).mappings()]


def row(enrollment: UUID) -> Row:
    """Return the only intervention of an enrollment."""
    [found] = rows(enrollment)
    return found


def found(enrollment: UUID) -> tuple[str | None, list[str]]:
    """Detect of a fresh enrollment, and return the level and the reasons of what was opened."""
    detect(enrollment)
    made = rows(enrollment)
    return (made[0]["risk_level"], made[0]["risk_reasons"]) if made else (None, [])


def flags(enrollment: UUID) -> Row:
    """Return an enrollment's flags."""
    statement = """SELECT is_at_risk, at_risk_since, risk_level, risk_reasons
                   FROM support.student_enrollments WHERE id = :id"""
    with transaction() as conn:
        return dict(conn.execute(text(statement), {"id": enrollment}).mappings().one())


def decisions(enrollment: UUID) -> list[tuple[str, str]]:
    """Return the kinds and reasons of what was decided of an enrollment, in order."""
    statement = "SELECT kind, reason FROM support.decisions WHERE enrollment_id = :id ORDER BY id"
    return [tuple(each) for each in ask(statement, id=enrollment)]
