"""Whom the office writes to: tutors by their own address, students and managers by `tutoring.set_address`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Tutor(NamedTuple):
    """A tutor as a letter needs him."""

    id: str
    name: str
    email: str
    status: str | None


def address_of(conn: Connection, person_id: str) -> str | None:
    """Return the address that was set for a person or a role; None where none was."""
    address: str | None = conn.execute(
        sql("SELECT email FROM {tutoring}.addresses WHERE person_id = :id"), {"id": person_id}
    ).scalar()
    return address


def read_tutor(conn: Connection, tutor_id: str) -> Tutor | None:
    """Read a tutor; None where there is none of this id."""
    row = conn.execute(
        sql("SELECT tutor_id, name, email, status FROM {tutoring}.tutors WHERE tutor_id = :id"), {"id": tutor_id}
    ).one_or_none()
    return Tutor(*row) if row else None
