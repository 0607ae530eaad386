"""A course as tests, samples and the demo need one: modules with a lesson of each type, its learner, an enrollment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert

from bellwork.db.courses.tables import LessonType, metadata
from bellwork.db.systems import schemas

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class Seeded:
    """The ids of a course that was seeded; `lessons` and `assessments` by the type of the lesson."""

    course: UUID
    instructor: UUID
    learner: UUID
    enrollment: UUID
    lessons: dict[str, UUID]
    assessments: dict[str, UUID]
    videos: dict[str, UUID] = field(default_factory=dict)
    labs: dict[str, UUID] = field(default_factory=dict)


def add(conn: Connection, table: str, **values: Any) -> UUID:
    """Insert a row into a table of courses with a random id, unless told; returns the id."""
    row = {"id": uuid4()} | values
    known = metadata.tables[f"courses.{table}"]
    conn.execute(
        insert(known).values(row), execution_options={"schema_translate_map": {"courses": schemas()["courses"]}}
    )
    return UUID(str(row["id"]))


def add_user(conn: Connection, first_name: str = "Ada", last_name: str = "Moss", **values: Any) -> UUID:
    """Insert a user, a learner unless told."""
    one = uuid4()
    row = {"email": f"{first_name.lower()}.{one.hex[:8]}@example.org", "password_hash": "none"} | values
    return add(conn, "users", id=one, first_name=first_name, last_name=last_name, **row)


def enroll(conn: Connection, user: UUID, course: UUID, **values: Any) -> UUID:
    """Enroll a user."""
    return add(conn, "enrollments", user_id=user, course_id=course, **values)


def seed_course(conn: Connection, title: str = "Programming with Python", **values: Any) -> Seeded:
    """Insert a published course of one module with a lesson of each type, and a learner who is enrolled.

    The video lasts 600 s and is ready; the quiz has three questions (a choice, a set, a blank), the mixed lesson a
    video, a lab and an assessment of one question. `values` are columns of the course.
    """
    instructor, learner = add_user(conn, "Grace", "Reed", role="instructor"), add_user(conn)
    row = {"category": "programming_languages", "skill_level": "beginner", "status": "published"} | values
    slug = f"course-{uuid4().hex[:12]}"
    course = add(conn, "courses", instructor_id=instructor, title=title, slug=slug, **row)
    module = add(conn, "modules", course_id=course, title="Beginnings", order_index=1)
    lessons = {
        kind.value: add(
            conn,
            "lessons",
            module_id=module,
            title=kind.value.title(),
            lesson_type=kind.value,
            order_index=at,
            duration_minutes=10,
        )
        for at, kind in enumerate(LessonType)
    }
    template = add(conn, "lab_templates", name="Python", base_image="python:3.13", tech_stack="python")
    videos = {kind: _video(conn, lessons[kind]) for kind in ("video", "mixed")}
    labs = {kind: _lab(conn, lessons[kind], template) for kind in ("lab", "mixed")}
    assessments = {kind: add(conn, "assessments", lesson_id=lessons[kind], title="Check") for kind in ("quiz", "mixed")}
    for kind, assessment in assessments.items():
        for at, question in enumerate(_QUESTIONS if kind == "quiz" else _QUESTIONS[:1]):
            add(conn, "questions", assessment_id=assessment, order_index=at, **question)
    enrollment = enroll(conn, learner, course)
    return Seeded(course, instructor, learner, enrollment, lessons, assessments, videos, labs)


def _video(conn: Connection, lesson: UUID) -> UUID:
    return add(conn, "videos", lesson_id=lesson, title="A film", duration_seconds=600, status="ready")


def _lab(conn: Connection, lesson: UUID, template: UUID) -> UUID:
    row = {"title": "A lab", "instructions": "Write hello.py, which prints hello.", "success_criteria": _CRITERIA}
    return add(conn, "labs", lesson_id=lesson, template_id=template, **row)


_CRITERIA = [{"kind": "output_equals", "command": "python3 hello.py", "expected": "hello"}]
_QUESTIONS: tuple[dict[str, Any], ...] = (
    {
        "question_type": "multiple_choice",
        "content": "What is 2 + 2?",
        "options": ["3", "4", "5"],
        "correct_answer": "4",
    },
    {
        "question_type": "multi_select",
        "content": "Which are even?",
        "options": ["1", "2", "4"],
        "correct_answer": '["2", "4"]',
        "points": 2,
    },
    {"question_type": "fill_blank", "content": "The opposite of true is …", "correct_answer": '["false", "untrue"]'},
)
