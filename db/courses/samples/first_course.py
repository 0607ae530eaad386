"""A course of two lessons, one to be read and one to be done in a lab, and its learner; and how far she is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.courses.seed import add, add_user, enroll
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

TITLE = "First steps in the shell"
_CRITERIA = [
    {"kind": "file_exists", "path": "hello.sh"},
    {"kind": "output_equals", "command": "sh hello.sh", "expected": "hello"},
]
_STANDING = """
SELECT e.status::text AS status, coalesce(p.percent_complete, 0) AS percent, s.status::text AS lab, s.container_id,
       s.validation_result ->> 'score' AS score, c.certificate_number AS number, c.pdf_url AS page_url,
       i.credential_url
FROM {courses}.enrollments e
LEFT JOIN {courses}.course_progress p ON p.enrollment_id = e.id
LEFT JOIN {courses}.lab_sessions s ON s.user_id = e.user_id
LEFT JOIN {courses}.certificates c ON c.user_id = e.user_id AND c.course_id = e.course_id
LEFT JOIN {courses}.certificate_issues i ON i.certificate_id = c.id AND i.settled_at IS NOT NULL
WHERE e.id = :enrollment
"""


@dataclass(frozen=True)
class FirstCourse:
    """The ids of the rows; `session` is None where the course has no lab."""

    enrollment: UUID
    learner: UUID
    reading: UUID
    session: UUID | None


@dataclass(frozen=True)
class Standing:
    """How far the learner is: her enrollment, her lab session, and her certificate, as far as they are there."""

    status: str
    percent: float
    lab: str | None
    container_id: str | None
    score: str | None
    number: str | None
    page_url: str | None
    credential_url: str | None


def load_first_course(conn: Connection, *, lab: bool) -> FirstCourse:
    """Insert the course, its learner, who may have labs, and with `lab` a session that waits for one."""
    teacher = add_user(conn, "Grace", "Reed", role="instructor")
    learner = add_user(conn, "Ada", "Moss", subscription_tier="premium")
    shape = {"category": "devops", "skill_level": "beginner", "status": "published"}
    course = add(conn, "courses", instructor_id=teacher, title=TITLE, slug="first-steps", **shape)
    module = add(conn, "modules", course_id=course, title="Hello", order_index=1)
    reading = add(conn, "lessons", module_id=module, title="Read", lesson_type="reading", order_index=1)
    session = _add_lab(conn, module, learner) if lab else None
    return FirstCourse(enroll(conn, learner, course), learner, reading, session)


def standing(conn: Connection, enrollment: UUID) -> Standing:
    """Tell how far the learner is."""
    return Standing(*conn.execute(sql(_STANDING), {"enrollment": enrollment}).one())


def _add_lab(conn: Connection, module: UUID, learner: UUID) -> UUID:
    lesson = add(conn, "lessons", module_id=module, title="Write", lesson_type="lab", order_index=2)
    template = add(conn, "lab_templates", name="Shell", base_image="debian:12", tech_stack="docker")
    asked = {"title": "A program that greets", "instructions": "Write hello.sh, which prints hello."}
    lab = add(conn, "labs", lesson_id=lesson, template_id=template, success_criteria=_CRITERIA, **asked)
    return add(conn, "lab_sessions", lab_id=lab, user_id=learner)
