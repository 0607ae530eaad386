"""Who was told what: metadata.notices.<kind> of a request says how its letter stands, and that there is one.

pending          its letter waits                refused, suppressed, bounced   nobody was told; why is in the letter
sent, unknown    its letter went, or may have    sending                        claimed by the release before this one
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.content.queries.transitions import document
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_DOC = document("r.metadata")
_NOTICES = document("(r.metadata -> 'notices')")
_SET = f"""UPDATE {{content}}.content_requests r
SET metadata = {_DOC} || jsonb_build_object(
    'notices', {_NOTICES} || jsonb_build_object(CAST(:kind AS text), CAST(:state AS text)))
"""  # noqa: S608 - fragments of ours, values are bound
# 'fast' is true as long as there is something to read; 'full' once the film is there.
_SO = """r.deleted_at IS NULL AND r.status = ANY(CAST(CAST(:statuses AS text[]) AS {content}.request_status[]))
  AND u.id = r.student_id AND u.is_active AND u.deleted_at IS NULL AND t.id = r.topic_id"""
_ENTER = f"""{_SET}
FROM {{content}}.users u, {{content}}.topics t
WHERE r.id = ANY(:ids) AND {_NOTICES} ->> CAST(:kind AS text) IS NULL AND {_SO}
RETURNING r.id, r.student_id
"""
_READ = f"""
SELECT u.email, u.first_name, t.title FROM {{content}}.content_requests r, {{content}}.users u, {{content}}.topics t
WHERE r.id = :id AND {_SO}
"""  # noqa: S608 - as above
_SETTLE = f"{_SET} WHERE r.id = :id"
_LEFT = f"{_SET} WHERE r.id = :id AND {_NOTICES} ->> CAST(:kind AS text) = 'sending'"
_CLEAR = f"""UPDATE {{content}}.content_requests r
SET metadata = {_DOC} || jsonb_build_object('notices', {_NOTICES} - CAST(:kind AS text)) WHERE r.id = :id
"""  # noqa: S608 - fragments of ours, values are bound
_WHILE = {"fast": ["fast_path_ready", "generating_video", "completed"], "full": ["completed"]}


@dataclass(frozen=True)
class Notice:
    """To whom a notice goes and what about."""

    email: str
    first_name: str
    topic: str


def enter_notices(conn: Connection, request_ids: Sequence[str], kind: str) -> list[tuple[str, str]]:
    """Enter a notice for each of these requests that has none, and of which it is true; returns their ids and students.

    One statement, however many; two that enter the same notice wait for each other, and one of them enters it.
    """
    asked = {"ids": list(request_ids), "kind": kind, "state": "pending", "statuses": _WHILE[kind]}
    return [(row.id, row.student_id) for row in conn.execute(sql(_ENTER), asked)]


def read_notice(conn: Connection, request_id: str, kind: str) -> Notice | None:
    """Return whom to write to and what about; None where there is nothing to tell (any more)."""
    row = conn.execute(sql(_READ), {"id": request_id, "statuses": _WHILE[kind]}).one_or_none()
    return Notice(*row) if row else None


def settle_notice(conn: Connection, request_id: str, kind: str, state: str) -> None:
    """Say what became of a notice's letter."""
    conn.execute(sql(_SETTLE), {"id": request_id, "kind": kind, "state": state})


def settle_left_notice(conn: Connection, request_id: str, kind: str) -> None:
    """Call a notice unknown that a worker of the release before this one was sending when it died."""
    conn.execute(sql(_LEFT), {"id": request_id, "kind": kind, "state": "unknown"})


def clear_notice(conn: Connection, request_id: str, kind: str) -> None:
    """Take a notice back that was called off: it can be entered again when it is true again."""
    conn.execute(sql(_CLEAR), {"id": request_id, "kind": kind})
