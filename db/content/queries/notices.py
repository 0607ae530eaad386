"""Who was told what: metadata.notices.<kind> of a request is claimed before a letter goes out and settled after.

sending    claimed; found by a later attempt, nobody knows any more whether the letter went out
refused    not taken for good; only a job that an operator puts back claims it again
sent, unknown   settled, and never sent again
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.content.queries.moves import document
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

SENDING = "sending"
_DOC = document("r.metadata")
_NOTICES = document("(r.metadata -> 'notices')")
_SET = f"""UPDATE {{content}}.content_requests r
SET metadata = {_DOC} || jsonb_build_object(
    'notices', {_NOTICES} || jsonb_build_object(CAST(:kind AS text), CAST(:state AS text)))
"""  # noqa: S608 - fragments of ours, values are bound
# 'fast' is true as long as there is something to read; 'full' once the film is there.
_BEGIN = f"""{_SET}
FROM {{content}}.users u, {{content}}.topics t
WHERE r.id = :id AND r.deleted_at IS NULL AND coalesce({_NOTICES} ->> CAST(:kind AS text), 'refused') = 'refused'
  AND r.status = ANY(CAST(CAST(:statuses AS text[]) AS {{content}}.request_status[]))
  AND u.id = r.student_id AND u.is_active AND u.deleted_at IS NULL AND t.id = r.topic_id
RETURNING u.email, u.first_name, t.title
"""
_STATE = f"SELECT {_NOTICES} ->> CAST(:kind AS text) FROM {{content}}.content_requests r WHERE r.id = :id"  # noqa: S608 - ours
_SETTLE = f"{_SET} WHERE r.id = :id AND {_NOTICES} ->> CAST(:kind AS text) = 'sending'"
_CLEAR = f"""UPDATE {{content}}.content_requests r
SET metadata = {_DOC} || jsonb_build_object('notices', {_NOTICES} - CAST(:kind AS text))
WHERE r.id = :id AND {_NOTICES} ->> CAST(:kind AS text) = 'sending'
"""  # noqa: S608 - fragments of ours, values are bound
_WHILE = {"fast": ["fast_path_ready", "generating_video", "completed"], "full": ["completed"]}


@dataclass(frozen=True)
class Notice:
    """To whom a notice goes and what about."""

    email: str
    first_name: str
    topic: str


def begin_notice(conn: Connection, request_id: str, kind: str) -> Notice | str | None:
    """Claim a notice: return whom to write to, or the state it is in already; None where there is nothing to tell."""
    asked = {"id": request_id, "kind": kind, "state": SENDING, "statuses": _WHILE[kind]}
    row = conn.execute(sql(_BEGIN), asked).one_or_none()
    if row:
        return Notice(*row)
    state: str | None = conn.execute(sql(_STATE), {"id": request_id, "kind": kind}).scalar()
    return state


def settle_notice(conn: Connection, request_id: str, kind: str, state: str) -> None:
    """Say what became of a claimed notice."""
    conn.execute(sql(_SETTLE), {"id": request_id, "kind": kind, "state": state})


def clear_notice(conn: Connection, request_id: str, kind: str) -> None:
    """Let go of a claim, for the letter was certainly not taken."""
    conn.execute(sql(_CLEAR), {"id": request_id, "kind": kind})
