"""Requests for accounts as an API layer makes them, and what became of them."""

from __future__ import annotations

from itertools import count
from typing import Any

from bellwork.db.engine import transaction
from bellwork.db.sql import sql

HEAD, TEACHER, CLASS, SCHOOL = "user_head", "user_teacher_okafor", "class_science_10a", "school_hillsboro_hs"
_numbers = count(1)
_HEAD = """
INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id)
VALUES ('user_head', 'head@example.org', '!', 'Iris', 'Vance', 'school_admin', 'school_hillsboro_hs')
ON CONFLICT DO NOTHING
"""
_ASK = """
INSERT INTO {content}.student_account_requests
    (id, teacher_id, first_name, last_name, email, grade_level, student_id, class_id, created_at)
VALUES (:id, :teacher_id, :first_name, :last_name, :email, :grade_level, :student_id, :class_id,
        now() - CAST(:age AS interval))
"""


def run(statement: str, **asked: Any) -> list[dict[str, Any]]:
    """Run a statement, as an operator would by hand; returns its rows."""
    with transaction() as conn:
        result = conn.execute(sql(statement), asked)
        return [dict(row) for row in result.mappings()] if result.returns_rows else []


def ask_for(**columns: Any) -> str:
    """Ask for an account, with a head who may decide about it; returns the request's id."""
    run(_HEAD)
    number = next(_numbers)
    row = {
        "id": f"sreq_{number}",
        "teacher_id": TEACHER,
        "first_name": "Nell",
        "last_name": "Byrne",
        "email": f"nell{number}@example.org",
        "grade_level": 10,
        "student_id": None,
        "class_id": CLASS,
        "age": "0 days",
        **columns,
    }
    run(_ASK, **row)
    return str(row["id"])


def request(request_id: str) -> dict[str, Any]:
    """Return a request's row."""
    return run("SELECT * FROM {content}.student_account_requests WHERE id = :id", id=request_id)[0]


def outcomes(request_id: str) -> list[tuple[str, str]]:
    """Return what was said about a request and what became of it, in order."""
    found = run(
        "SELECT decision, outcome FROM {content}.account_decisions WHERE request_id = :id ORDER BY id", id=request_id
    )
    return [(row["decision"], row["outcome"]) for row in found]


def accounts(email: str) -> list[dict[str, Any]]:
    """Return the users with this address, with the class in which each has a place."""
    return run(
        "SELECT u.*, s.class_id FROM {content}.users u LEFT JOIN {content}.class_students s ON s.student_id = u.id"
        " WHERE lower(u.email) = lower(:email)",
        email=email,
    )


def letters(request_id: str) -> list[str]:
    """Return who was written to about a request: teacher, student."""
    found = run("SELECT key FROM bellwork.letters WHERE key LIKE 'content:account:' || :id || ':%'", id=request_id)
    return sorted(str(row["key"]).rpartition(":")[2] for row in found)
