"""Whom to tell that content is to be reviewed, and what there is to say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_READERS = """
SELECT id FROM {content}.users WHERE role = 'vividly_curriculum' AND is_active AND deleted_at IS NULL ORDER BY id
"""
_READ = """
SELECT u.email, u.first_name, g.id AS content_id, t.title AS topic, i.name AS interest, g.style, f.comment
FROM {content}.feedback f
JOIN {content}.generated_content g ON g.id = f.content_id
JOIN {content}.topics t ON t.id = g.topic_id
JOIN {content}.interests i ON i.id = g.interest_id
JOIN {content}.users u ON u.id = :reader
WHERE f.id = :feedback AND g.manual_review_status = 'flagged'
  AND u.role = 'vividly_curriculum' AND u.is_active AND u.deleted_at IS NULL
"""


class Issue(NamedTuple):
    """Content that a student found something wrong with; who said it is not told."""

    email: str
    first_name: str
    content_id: str
    topic: str
    interest: str
    style: str
    comment: str | None


def curriculum(conn: Connection) -> Sequence[str]:
    """List the people who review content."""
    return conn.execute(sql(_READERS)).scalars().all()


def read_issue(conn: Connection, feedback_id: str, reader_id: str) -> Issue | None:
    """Return what one of them is told; None where the content waits no more, or the reader has left."""
    row = conn.execute(sql(_READ), {"feedback": feedback_id, "reader": reader_id}).one_or_none()
    return Issue(*row) if row else None
