"""What a course has in it, as a review has to know it: three statements, whatever its size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

_MODULES = """
SELECT m.id, m.title FROM {courses}.modules m WHERE m.course_id = :course ORDER BY m.order_index, m.id
"""
_LESSONS = """
SELECT l.id, l.module_id, l.title, l.lesson_type, coalesce(btrim(l.description), '') <> '' AS has_text,
       v.status AS video, b.id IS NOT NULL AS has_lab,
       coalesce(btrim(b.instructions), '') <> '' AS has_instructions, coalesce(t.is_active, false) AS has_template
FROM {courses}.lessons l
JOIN {courses}.modules m ON m.id = l.module_id
LEFT JOIN {courses}.videos v ON v.lesson_id = l.id
LEFT JOIN {courses}.labs b ON b.lesson_id = l.id
LEFT JOIN {courses}.lab_templates t ON t.id = b.template_id
WHERE m.course_id = :course ORDER BY m.order_index, m.id, l.order_index, l.id
"""
_ASSESSMENTS = """
SELECT l.id, a.title, count(q.id) AS questions
FROM {courses}.assessments a
JOIN {courses}.lessons l ON l.id = a.lesson_id
JOIN {courses}.modules m ON m.id = l.module_id
LEFT JOIN {courses}.questions q ON q.assessment_id = a.id
WHERE m.course_id = :course GROUP BY l.id, a.id ORDER BY l.order_index, l.id, a.title, a.id
"""


@dataclass(frozen=True)
class Lesson:
    """A lesson: its type, and what it has of a text, a video (by its status), a lab; `assessments` with questions."""

    title: str
    kind: str
    has_text: bool = False
    video: str | None = None
    has_lab: bool = False
    has_instructions: bool = False
    has_template: bool = False
    assessments: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Module:
    """A module and its lessons, in their order."""

    title: str
    lessons: tuple[Lesson, ...]


def read_content(conn: Connection, course_id: UUID) -> tuple[Module, ...]:
    """Return the modules of a course, in their order."""
    asked = {"course": course_id}
    assessments: dict[UUID, list[tuple[str, int]]] = {}
    for row in conn.execute(sql(_ASSESSMENTS), asked):
        assessments.setdefault(row.id, []).append((row.title, row.questions))
    lessons: dict[UUID, list[Lesson]] = {}
    for row in conn.execute(sql(_LESSONS), asked):
        lessons.setdefault(row.module_id, []).append(_lesson(row, assessments.get(row.id, ())))
    return tuple(Module(row.title, tuple(lessons.get(row.id, ()))) for row in conn.execute(sql(_MODULES), asked))


def _lesson(row: Any, assessments: Sequence[tuple[str, int]]) -> Lesson:
    return Lesson(
        title=row.title,
        kind=row.lesson_type,
        has_text=row.has_text,
        video=row.video,
        has_lab=row.has_lab,
        has_instructions=row.has_instructions,
        has_template=row.has_template,
        assessments=tuple(assessments),
    )
