"""What of a course's labs no learner could ever pass: asked when the course is submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.courses.labs import course_labs
from bellwork.tasks.providers.labs import Limits, check_criteria

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection


def lab_problems(conn: Connection, course_id: UUID) -> list[str]:
    """Return all that is wrong with the labs of a course, in words for its author; nothing where all can be judged."""
    return [
        f"lab {lab.title!r}: {problem}"
        for lab in course_labs(conn, course_id)
        for problem in (*check_criteria(lab.criteria), *_limits(lab.limits))
    ]


def _limits(given: object) -> list[str]:
    try:
        Limits.of(given)
    except ValueError as error:
        return [str(error)]
    return []
