"""What a letter about a decision says, as it is right before the letter goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

_READ = """
SELECT u.email, u.first_name AS name, r.first_name || ' ' || r.last_name AS student, c.name AS class_name,
       r.status = 'approved' AS approved, r.review_notes AS notes, r.reviewed_by IS NULL AS unasked
FROM {content}.student_account_requests r
JOIN {content}.users u ON u.id = r.teacher_id JOIN {content}.classes c ON c.id = r.class_id
WHERE r.id = :id AND r.status <> 'pending' AND u.is_active AND u.deleted_at IS NULL
"""


class Told(NamedTuple):
    """The teacher who asked, and what was decided about whom; `unasked` where no reviewer is known."""

    email: str
    name: str
    student: str
    class_name: str
    approved: bool
    notes: str | None
    unasked: bool


def read_told(conn: Connection, request_id: str) -> Told | None:
    """Read it; None where nothing is decided, or its teacher has left."""
    row = conn.execute(sql(_READ), {"id": request_id}).one_or_none()
    return Told(*row) if row else None
