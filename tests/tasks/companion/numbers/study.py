"""Learners, subjects, goals and what they did, inserted as an API layer does, and what became of their numbers."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from bellwork.db.engine import transaction
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import datetime

_numbers = count(1)


def insert(table: str, **columns: Any) -> UUID:
    """Insert a row and return its id; documents are written as JSON."""
    row = {"id": uuid4(), **columns}
    values = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in row.items()}
    places = ", ".join(f"CAST(:{name} AS jsonb)" if isinstance(row[name], dict) else f":{name}" for name in row)
    with transaction() as conn:
        conn.execute(sql(f"INSERT INTO {{companion}}.{table} ({', '.join(row)}) VALUES ({places})"), values)  # noqa: S608 - a test's own names
    return UUID(str(row["id"]))


def user(role: str = "student", **columns: Any) -> UUID:
    """Insert somebody."""
    number = next(_numbers)
    return insert("users", cognito_sub=f"sub-{number}", email=f"{role}{number}@example.org", role=role, **columns)


def subject(name: str = "Algebra", **columns: Any) -> UUID:
    """Insert a subject."""
    return insert("subjects", name=name, **columns)


def goal(student: UUID, subject_id: UUID | None, goal_type: str | None = "General", **columns: Any) -> UUID:
    """Insert an active goal of a student's own."""
    row = {"title": "A goal", "created_by": student, **columns}
    return insert("goals", student_id=student, subject_id=subject_id, goal_type=goal_type, **row)


def assignment(student: UUID, subject_id: UUID | None, difficulty: int | None = 4, **columns: Any) -> UUID:
    """Insert an item that was made for a student and waits for his answer."""
    row = {"source": "ai_generated", "ai_question_text": "1 + 1?", "ai_answer_text": "2", "flagged": True, **columns}
    return insert("practice_assignments", student_id=student, subject_id=subject_id, difficulty_level=difficulty, **row)


def done(student: UUID, subject_id: UUID | None, at: datetime | None, **columns: Any) -> UUID:
    """Insert an item that was completed then."""
    row = {"performance_score": 1, "student_rating_after": 1000, **columns}
    return assignment(student, subject_id, completed=True, completed_at=at, **row)


def session(student: UUID, tutor: UUID, subject_id: UUID | None, at: datetime, **columns: Any) -> UUID:
    """Insert a session that was, or is to be, held then."""
    return insert("sessions", student_id=student, tutor_id=tutor, subject_id=subject_id, session_date=at, **columns)


def read(table: str, row_id: UUID) -> dict[str, Any]:
    """Return a row by its id."""
    [row] = rows(f"SELECT * FROM {{companion}}.{table} WHERE id = :id", id=row_id)  # noqa: S608 - a test's own names
    return row


def rows(statement: str, **asked: Any) -> list[dict[str, Any]]:
    """Return what a statement finds."""
    with transaction() as conn:
        return [dict(row) for row in conn.execute(sql(statement), asked).mappings()]


def change(statement: str, **asked: Any) -> None:
    """Run a statement, as an operator would by hand."""
    with transaction() as conn:
        conn.execute(sql(statement), asked)


def rating(student: UUID, subject_id: UUID) -> int | None:
    """Return a student's rating; None where there is none."""
    found = rows(
        "SELECT rating FROM {companion}.student_ratings WHERE student_id = :student AND subject_id = :subject",
        student=student,
        subject=subject_id,
    )
    return int(found[0]["rating"]) if found else None
