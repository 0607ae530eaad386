"""A student who fell silent eight days ago, her trainer and her course; what both do next, and how she stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

STUDENT, TRAINER = ("Ines Fall", "ines.fall@example.org"), ("Tom Reid", "tom.reid@example.org")
COURSE = "Statistics, first steps"
_PERSON = "INSERT INTO {support}.user_profiles (id, name, email) VALUES (:id, :name, :email)"
_REST = (
    "INSERT INTO {support}.courses (id, title) VALUES (:course, :title)",
    "INSERT INTO {support}.trainers (id, name, email, courses) VALUES (:trainer, :name, :email, ARRAY[:course])",
    """INSERT INTO {support}.student_enrollments (id, user_id, course_id, enrolled_at, completion_percentage)
       VALUES (:enrollment, :student, :course, now() - interval '30 days', 35)""",
    """INSERT INTO {support}.topic_completions (source_id, enrollment_id, completed_at)
       SELECT format('topic %s of %s', d, :enrollment), :enrollment, now() - make_interval(days => d)
       FROM generate_series(8, 29, 3) AS d""",
)
_LOOK = "SELECT {support}.look_at(:enrollment)"
_CONTACT = "SELECT {support}.note_contact(:row, NULL, :note)"
_COMPLETED = "SELECT {support}.note_topic_completion(:source, :enrollment, now())"
_RESOLVE = "SELECT {support}.resolve_intervention(:row, 'student_improved', :note)"
_STANDING = """
SELECT e.is_at_risk, e.risk_level, e.risk_reasons, i.id AS row, i.status, i.outcome,
       i.cleared_at IS NOT NULL AS cleared,
       t.name AS trainer
FROM {support}.student_enrollments e LEFT JOIN {support}.student_interventions i ON i.enrollment_id = e.id
LEFT JOIN {support}.trainers t ON t.id = i.assigned_trainer_id WHERE e.id = :enrollment
"""
_DECISIONS = "SELECT kind, reason FROM {support}.decisions WHERE enrollment_id = :enrollment ORDER BY id"


@dataclass(frozen=True)
class SilentStudent:
    """The ids of the rows."""

    student: UUID
    enrollment: UUID


@dataclass(frozen=True)
class Standing:
    """How the student stands: her flags, and her intervention as far as there is one."""

    at_risk: bool
    level: str | None
    reasons: list[str]
    row: UUID | None
    status: str | None
    outcome: str | None
    cleared: bool
    trainer: str | None


def load_silent_student(conn: Connection) -> SilentStudent:
    """Insert them; her last topic lies eight days back, as if the clock had been moved."""
    ids = {name: uuid4() for name in ("student", "trainer", "course", "enrollment")}
    for who, (name, email) in (("student", STUDENT), ("trainer", TRAINER)):
        conn.execute(sql(_PERSON), {"id": ids[who], "name": name, "email": email})
    for statement in _REST:
        conn.execute(sql(statement), {**ids, "title": COURSE, "name": TRAINER[0], "email": TRAINER[1]})
    return SilentStudent(ids["student"], ids["enrollment"])


def look_at(conn: Connection, enrollment: UUID) -> None:
    """Have detection look at her now, as it does each day."""
    conn.execute(sql(_LOOK), {"enrollment": enrollment})


def make_contact(conn: Connection, row: UUID, note: str) -> None:
    """Let her trainer note that he spoke with her."""
    conn.execute(sql(_CONTACT), {"row": row, "note": note})


def complete_topic(conn: Connection, enrollment: UUID) -> None:
    """Let her complete a topic now."""
    conn.execute(sql(_COMPLETED), {"source": f"next topic of {enrollment}", "enrollment": enrollment})


def resolve(conn: Connection, row: UUID, note: str) -> None:
    """Let her trainer end the intervention: she has improved."""
    conn.execute(sql(_RESOLVE), {"row": row, "note": note})


def standing(conn: Connection, enrollment: UUID) -> Standing:
    """Tell how she stands."""
    return Standing(*conn.execute(sql(_STANDING), {"enrollment": enrollment}).one())


def decisions(conn: Connection, enrollment: UUID) -> list[tuple[str, str]]:
    """List what was decided of her, in order, each with its reason."""
    return [(kind, reason) for kind, reason in conn.execute(sql(_DECISIONS), {"enrollment": enrollment})]
