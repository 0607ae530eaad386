"""What a lab is made of and judged by, and on which host a session's container is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ORDER = """
SELECT t.base_image, t.init_script, t.resource_limits, t.environment_vars, l.starter_files
FROM {courses}.lab_sessions s JOIN {courses}.labs l ON l.id = s.lab_id
JOIN {courses}.lab_templates t ON t.id = l.template_id
WHERE s.id = :session
"""
_CRITERIA = """
SELECT l.success_criteria FROM {courses}.lab_sessions s JOIN {courses}.labs l ON l.id = s.lab_id WHERE s.id = :session
"""
_HOME_OF = """
SELECT b.id FROM {courses}.lab_sessions s
JOIN {courses}.lab_sessions b ON b.user_id = s.user_id AND b.lab_id = s.lab_id AND b.id <> s.id
WHERE s.id = :session AND b.status IN ('completed', 'expired', 'failed') AND b.started_at IS NOT NULL
  AND b.updated_at > now() - interval '24 hours'
ORDER BY b.started_at DESC LIMIT 1
"""
_WHERE = """
SELECT c.container_id, c.host, s.status FROM {courses}.lab_sessions s
JOIN {courses}.lab_containers c ON c.lab_session_id = s.id
WHERE s.id = :session ORDER BY c.reset_no DESC LIMIT 1
"""


_OF_COURSE = """
SELECT l.title, l.success_criteria, t.resource_limits FROM {courses}.labs l
JOIN {courses}.lab_templates t ON t.id = l.template_id JOIN {courses}.lessons e ON e.id = l.lesson_id
JOIN {courses}.modules m ON m.id = e.module_id
WHERE m.course_id = :course ORDER BY m.order_index, e.order_index
"""


class Order(NamedTuple):
    """What a session's lab is made of, as its template and its lab say."""

    image: str
    setup: str | None
    limits: Any
    environment: dict[str, Any] | None
    files: dict[str, Any] | None


class Written(NamedTuple):
    """A lab as its author wrote it."""

    title: str
    criteria: Any
    limits: Any


class Where(NamedTuple):
    """The newest container of a session, its host, and the session's status."""

    container_id: str
    host: str
    status: str


def read_order(conn: Connection, session_id: UUID) -> Order:
    """Return what the lab of a session is made of."""
    return Order(*conn.execute(sql(_ORDER), {"session": session_id}).one())


def read_criteria(conn: Connection, session_id: UUID) -> Any:
    """Return what the lab of a session is judged by, as its author wrote it."""
    return conn.execute(sql(_CRITERIA), {"session": session_id}).scalar_one()


def home_of(conn: Connection, session_id: UUID) -> UUID | None:
    """Return the learner's last session of the same lab that ended within 24 hours: its home was kept that long."""
    found = conn.execute(sql(_HOME_OF), {"session": session_id}).scalar()
    return found if found is None else UUID(str(found))


def where(conn: Connection, session_id: UUID) -> Where | None:
    """Return where a session's newest container is; None where none was ever asked for."""
    row = conn.execute(sql(_WHERE), {"session": session_id}).one_or_none()
    return Where(*row) if row else None


def course_labs(conn: Connection, course_id: UUID) -> list[Written]:
    """Return the labs of a course, in the order of its lessons."""
    return [Written(*row) for row in conn.execute(sql(_OF_COURSE), {"course": course_id})]
