"""A course platform in a test: rows go in, rows come out, and clocks are moved by what is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.courses.seed import Seeded, add_user, enroll, seed_course
from bellwork.db.engine import transaction
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from uuid import UUID


def rows(statement: str, **asked: Any) -> list[Any]:
    """Return what a statement finds, in a transaction of its own; `{courses}` is the schema."""
    with transaction() as conn:
        found = conn.execute(sql(statement), asked)
        return list(found.all()) if found.returns_rows else []


def course(title: str = "Programming with Python") -> Seeded:
    """Put a whole course, with a learner."""
    with transaction() as conn:
        return seed_course(conn, title)


def graduate(seeded: Seeded, first_name: str = "Ada", last_name: str = "Moss") -> UUID:
    """Put a learner who has completed the course; returns the enrollment."""
    with transaction() as conn:
        learner = add_user(conn, first_name, last_name)
        return enroll(conn, learner, seeded.course, status="completed", completed_at="2026-03-01+00")


def notices(kind: str) -> list[Any]:
    """List the notices of a kind, in the order in which they came."""
    return rows("SELECT recipient, key, body FROM bellwork.notices WHERE kind = :kind ORDER BY id", kind=kind)
