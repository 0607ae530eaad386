"""Rows as they come from a file, into the table where they wait, by COPY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.systems import schemas

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

_PEOPLE = (
    *("upload_id", "row_number", "email", "source_id", "student_id", "first_name", "last_name", "role"),
    *("grade_level", "class_name", "leaves", "error"),
)
_FACTS = ("upload_id", "kind", "number", "source_id", "value")


def stage_people(conn: Connection, upload_id: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Add rows: number, email, source id, student number, first and last name, role, grade, class, leaves, error."""
    _copy(conn, "listed_people", _PEOPLE, upload_id, rows)


def stage_facts(conn: Connection, upload_id: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Add what other files say of people: kind ('role', 'class'), number, source id, value."""
    _copy(conn, "listed_facts", _FACTS, upload_id, rows)


def _copy(
    conn: Connection, table: str, columns: tuple[str, ...], upload_id: str, rows: Iterable[tuple[object, ...]]
) -> None:
    """Write COPY's text form: no value has a character that needs more than its backslash doubled."""
    first = _text(upload_id)
    lines = ["\t".join([first, *["\\N" if value is None else _text(value) for value in row]]) for row in rows]
    if not lines:
        return
    place = f'"{schemas()["content"]}".{table}'
    statement = f"COPY {place} ({', '.join(columns)}) FROM STDIN".encode()
    with psycopg_of(conn).cursor() as cursor, cursor.copy(statement) as copy:
        copy.write("\n".join([*lines, ""]).encode())


def _text(value: object) -> str:
    return value.replace("\\", "\\\\") if isinstance(value, str) else str(value)
