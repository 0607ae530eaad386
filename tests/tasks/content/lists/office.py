"""Hands in class lists as an API layer does, and reads what became of them."""

from __future__ import annotations

from itertools import count
from typing import Any

from bellwork.db.content.lists.look import hand_in, look
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.tasks.content.lists import undo as _undo  # noqa: F401 - its actor is known then
from bellwork.tasks.content.lists.read import read_class_list
from bellwork.tasks.providers import storage
from bellwork.workers.testing import drain

HEAD, SCHOOL = "user_head", "school_hillsboro_hs"
_numbers = count(1)
_PEOPLE = """
SELECT u.email, u.first_name, u.last_name, CAST(u.role AS text) AS role, u.grade_level,
       ARRAY(SELECT class_id FROM {content}.class_students s WHERE s.student_id = u.id AND s.dropped_at IS NULL
             ORDER BY 1) AS classes
FROM {content}.users u JOIN {content}.invitations i ON i.user_id = u.id ORDER BY u.email
"""


def store(content: bytes | str) -> str:
    """Store a file as an API layer does, and return its URL."""
    return storage().put(
        f"uploads/list-{next(_numbers)}.csv", content.encode() if isinstance(content, str) else content
    )


def enter(content: bytes | str, **options: Any) -> str:
    """Hand in a list and return its upload's id; nothing is read yet."""
    asked = {"role": "student", "grade_level": None, "class_id": None, "atomic": False, "dry_run": False}
    given = {"uploaded_by": HEAD, "school_id": SCHOOL, "leavers": False, "invite": True} | asked | options
    path = given.pop("file_path", None) or store(content)
    with transaction() as conn:
        return hand_in(conn, {**given, "file_path": path})


def take_in(content: bytes | str, **options: Any) -> dict[str, Any]:
    """Hand in a list, have it read, and return how its upload stands."""
    upload = enter(content, **options)
    drain(read_class_list.queue_name)
    return stands(upload)


def stands(upload: str) -> dict[str, Any]:
    """Return how an upload stands."""
    with transaction() as conn:
        return look(conn, upload) or {}


def errors(report: dict[str, Any]) -> dict[int, str]:
    """Return the errors of a report by row."""
    return {line["row"]: line["error"] for line in report["error_log"]}


def people() -> list[dict[str, Any]]:
    """Return who was made by a list, with the classes each is in."""
    return ask(_PEOPLE)


def ask(statement: str, **asked: Any) -> list[dict[str, Any]]:
    """Run a query."""
    with transaction() as conn:
        return [dict(row) for row in conn.execute(sql(statement), asked).mappings()]


def change(statement: str, **asked: Any) -> None:
    """Run a statement."""
    with transaction() as conn:
        conn.execute(sql(statement), asked)
