"""Denies what nobody decided within thirty days, without a reviewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Days that a request waits for a decision; what its review_notes say after them.
KEPT_DAYS, EXPIRED = 30, "expired"
_EXPIRE = f"""
WITH old AS (
    SELECT id FROM {{content}}.student_account_requests
    WHERE status = 'pending' AND created_at <= now() - interval '{KEPT_DAYS} days'
    ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
), denied AS (
    UPDATE {{content}}.student_account_requests r
    SET status = 'denied', reviewed_by = NULL, reviewed_at = now(), review_notes = '{EXPIRED}'
    FROM old WHERE r.id = old.id RETURNING r.id, r.teacher_id
), noted AS (
    INSERT INTO {{content}}.account_decisions (request_id, decision, outcome)
    SELECT id, '{EXPIRED}', '{EXPIRED}' FROM denied ON CONFLICT DO NOTHING
)
SELECT id, teacher_id FROM denied ORDER BY id
"""  # noqa: S608 - fragments of ours, values are bound


def expire(conn: Connection, most: int = 1_000) -> list[tuple[str, str]]:
    """Deny the requests that have waited for thirty days, `most` at a time; returns them and their teachers.

    One that is being decided is left to that.
    """
    return [(row.id, row.teacher_id) for row in conn.execute(sql(_EXPIRE), {"most": most})]
