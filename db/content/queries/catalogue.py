"""Topics and interests as the stages need them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bellwork.db.content.queries.transitions import document
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

_DOC = document("metadata")
_TOPICS = f"SELECT id, title AS name, description, {_DOC} AS metadata FROM {{content}}.topics"  # noqa: S608 - ours
_INTERESTS = f"SELECT id, name, description, {_DOC} AS metadata FROM {{content}}.interests"  # noqa: S608 - ours
_FAVOURITE = """
SELECT i.id FROM {content}.student_interests s JOIN {content}.interests i ON i.id = s.interest_id
JOIN {content}.content_requests r ON r.student_id = s.student_id
WHERE r.id = :request AND i.is_active ORDER BY s.rank LIMIT 1
"""
_DEFAULT = "SELECT id FROM {content}.interests WHERE is_active ORDER BY display_order NULLS LAST, id LIMIT 1"


@dataclass(frozen=True)
class Named:
    """A topic or an interest: its title or name, and whatever the catalogue tells about it."""

    id: str
    name: str
    description: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


def list_topics(conn: Connection) -> list[Named]:
    """List the active topics in the catalogue's order."""
    return _listed(conn, f"{_TOPICS} WHERE is_active ORDER BY display_order, id")


def list_interests(conn: Connection) -> list[Named]:
    """List the active interests in the catalogue's order."""
    return _listed(conn, f"{_INTERESTS} WHERE is_active ORDER BY display_order, id")


def read_topic(conn: Connection, topic_id: str) -> Named | None:
    """Read a topic, active or not."""
    return next(iter(_listed(conn, f"{_TOPICS} WHERE id = :id", id=topic_id)), None)


def read_interest(conn: Connection, interest_id: str) -> Named | None:
    """Read an interest, active or not."""
    return next(iter(_listed(conn, f"{_INTERESTS} WHERE id = :id", id=interest_id)), None)


def choose_interest(conn: Connection, request_id: str) -> str | None:
    """Return what a request that names no interest is told with: the student's dearest one, else the default one.

    The default is the first active interest in the catalogue's order; None where the catalogue has no active one.
    """
    favourite: str | None = conn.execute(sql(_FAVOURITE), {"request": request_id}).scalar()
    return favourite or default_interest(conn)


def default_interest(conn: Connection) -> str | None:
    """Return the interest of students who have none."""
    found: str | None = conn.execute(sql(_DEFAULT)).scalar()
    return found


def _listed(conn: Connection, statement: str, **asked: str) -> list[Named]:
    return [Named(**row) for row in conn.execute(sql(statement), asked).mappings()]
