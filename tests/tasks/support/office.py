"""Interventions, trainers and owners in a test, and the jobs that act on them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bellwork.tasks.support import care, detection
from bellwork.workers.testing import drain
from tests.tasks.support import school

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["care", "detection", "drain_support", "intervention", "letters", "owner", "trainer"]
_AT_REST = {"resolved": "now()"}


def intervention(course: UUID | None = None, *, hours: float = 0, **columns: Any) -> tuple[UUID, UUID]:
    """Put a student, enrolled four days ago, with a medium intervention of `hours` ago; returns both ids."""
    student = school.put("user_profiles", {"name": "Ada Moss", "email": "ada@school.example"})[0]
    into = course or school.put("courses", {"title": "Algebra"})[0]
    now = school.ask("SELECT now()")[0][0]
    row = {"user_id": student, "course_id": into, "enrolled_at": now - timedelta(days=4), "completion_percentage": 100}
    [enrollment] = school.put("student_enrollments", row)
    made = now - timedelta(hours=hours)
    values = {
        "student_id": student,
        "enrollment_id": enrollment,
        "course_id": into,
        "risk_level": "medium",
        "risk_reasons": ["quiz_failures"],
        "detected_level": "medium",
        "intervention_type": "trainer_notification",
        "created_at": made,
        "resolved_at": now if columns.get("status") == "resolved" else None,
        **columns,
    }
    [id_] = school.put("student_interventions", values)
    return enrollment, id_


def trainer(*courses: UUID, capacity: int = 20, **columns: Any) -> UUID:
    """Put a trainer of these courses."""
    [person] = school.put("user_profiles", {"name": "Tess", "email": "tess@school.example"})
    school.put("trainers", {"id": person, "name": "Tess", "courses": list(courses), "capacity": capacity, **columns})
    return person  # type: ignore[no-any-return]


def owner(email: str | None = "olga@school.example") -> UUID:
    """Put a person who may own courses."""
    return school.put("user_profiles", {"name": "Olga", "email": email})[0]  # type: ignore[no-any-return]


def letters(kind: str | None = None) -> list[Any]:
    """Return the letters of support, the oldest first."""
    statement = """SELECT key, kind, state, reason, person FROM bellwork.letters
                   WHERE system = 'support' AND (CAST(:kind AS text) IS NULL OR kind = :kind) ORDER BY id"""
    return school.ask(statement, kind=kind)


def drain_support() -> None:
    """Run all that is due."""
    drain()
