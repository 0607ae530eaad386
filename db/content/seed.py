"""Fills a content system with vividly.md's samples and a small school around them; what is there already stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql import insert

from bellwork.db.content.tables import metadata
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SAMPLES = Path(__file__).parent / "samples"
#: It has the shape of a bcrypt hash, but '!' is no digit of one, so no password ever opens these accounts.
_NO_PASSWORD = "$2b$12$" + "!" * 53
_SCHOOL = "school_hillsboro_hs"
#: A partition of the audit trail whose years are over.
OLD_MONTH = "audit_logs_2017_01"
_OLD_MONTH = """
CREATE TABLE {content}.audit_logs_2017_01 PARTITION OF {content}.audit_logs
    FOR VALUES FROM ('2017-01-01 00:00+00') TO ('2017-02-01 00:00+00');
INSERT INTO {content}.audit_logs (action, resource_type, resource_id, metadata, created_at)
SELECT 'view_student_data', 'progress', 'progress_' || n, jsonb_build_object('page', n % 20),
       '2017-01-01 00:00+00'::timestamptz + n * interval '2 minutes'
FROM generate_series(1, {rows}) n
"""


def load_samples(conn: Connection) -> None:
    """Insert a district, a school, a class of six with ranked interests, and a catalogue to ask about.

    Repeating it changes nothing: a row whose id, e-mail, name or rank is taken is left out. The topic
    'topic_phys_pendulum' names a figure, 'figures/pendulum.png', that is to lie in the storage.
    """
    people = _read("people")
    _insert(conn, "topics", _read("topics"))
    _insert(conn, "interests", _read("interests"))
    _insert(conn, "organizations", people["organizations"])
    _insert(conn, "users", [user | {"org_id": _SCHOOL, "password_hash": _NO_PASSWORD} for user in people["users"]])
    _insert(conn, "classes", people["classes"])
    _insert(conn, "class_students", _places(people))
    _insert(conn, "student_interests", _ranks(people))


def load_old_month(conn: Connection, rows: int) -> None:
    """Make OLD_MONTH with so many rows, as if the audit trail had been kept since then; 22,000 at most."""
    conn.execute(sql(_OLD_MONTH.replace("{rows}", str(rows))))


def _read(name: str) -> Any:
    return json.loads((_SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def _insert(conn: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    conn.execute(insert(metadata.tables[f"content.{table}"]).on_conflict_do_nothing(), rows)


def _places(people: dict[str, Any]) -> list[dict[str, Any]]:
    students = [user["id"] for user in people["users"] if user["role"] == "student"]
    return [{"class_id": course["id"], "student_id": student} for course in people["classes"] for student in students]


def _ranks(people: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"student_id": student, "interest_id": interest, "rank": rank}
        for student, interests in people["interests"].items()
        for rank, interest in enumerate(interests, start=1)
    ]
