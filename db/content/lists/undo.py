"""Takes back what a list brought: new users who have never logged in, places in classes, and leavers' accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Users that are looked at by one commit.
FEW = 500
_ASKED = """
SELECT undone_at IS NOT NULL AS is_done FROM {content}.class_lists WHERE upload_id = :id AND undo_asked_at IS NOT NULL
FOR NO KEY UPDATE
"""
_NEXT = """
SELECT user_id FROM {content}.invitations WHERE upload_id = :id AND user_id > :after ORDER BY user_id LIMIT :most
"""
#: Who used the invitation, logged in, teaches, or did anything that another table keeps of him by his own doing, stays.
_GO = """
DELETE FROM {content}.users u USING {content}.invitations i
WHERE i.user_id = u.id AND i.upload_id = :id AND u.id = ANY(:users) AND u.last_login_at IS NULL
  AND i.redeemed_at IS NULL AND u.password_hash = '!'
  AND NOT EXISTS (SELECT FROM {content}.classes c WHERE c.teacher_id = u.id)
  AND NOT EXISTS (SELECT FROM {content}.content_requests r WHERE r.student_id = u.id)
  AND NOT EXISTS (SELECT FROM {content}.feedback f WHERE f.student_id = u.id)
  AND NOT EXISTS (SELECT FROM {content}.student_account_requests q WHERE q.teacher_id = u.id)
  AND NOT EXISTS (SELECT FROM {content}.bulk_upload_jobs b WHERE b.uploaded_by = u.id)
RETURNING u.id
"""
_BACK = (
    """
DELETE FROM {content}.class_students s USING {content}.list_changes c
WHERE c.upload_id = :id AND c.what = 'entered' AND s.class_id = c.class_id AND s.student_id = c.user_id
""",
    """
UPDATE {content}.class_students s SET dropped_at = now() FROM {content}.list_changes c
WHERE c.upload_id = :id AND c.what = 'returned' AND s.class_id = c.class_id AND s.student_id = c.user_id
  AND s.dropped_at IS NULL
""",
    """
UPDATE {content}.users u SET is_active = true FROM {content}.list_changes c
WHERE c.upload_id = :id AND c.what = 'left' AND u.id = c.user_id AND u.deleted_at IS NULL
""",
    """
UPDATE {content}.class_students s SET dropped_at = NULL FROM {content}.list_changes c
WHERE c.upload_id = :id AND c.what = 'dropped' AND s.class_id = c.class_id AND s.student_id = c.user_id
  AND s.dropped_at >= c.at
""",
    "DELETE FROM {content}.list_changes WHERE upload_id = :id",
)
_COUNT = "UPDATE {content}.class_lists SET undone_count = undone_count + :gone WHERE upload_id = :id"
_DONE = "UPDATE {content}.class_lists SET undone_at = now() WHERE upload_id = :id AND undone_at IS NULL"


def is_to_undo(conn: Connection, upload_id: str) -> bool:
    """Tell whether somebody asked for it and it is not done; holds the list until the commit."""
    return conn.execute(sql(_ASKED), {"id": upload_id}).scalar() is False


def next_users(conn: Connection, upload_id: str, after: str) -> list[str]:
    """List the next users whom an upload made."""
    return list(conn.execute(sql(_NEXT), {"id": upload_id, "after": after, "most": FEW}).scalars())


def remove_users(conn: Connection, upload_id: str, users: list[str]) -> list[str]:
    """Delete those of the users who have not begun, with all that is theirs; returns who is gone."""
    gone = list(conn.execute(sql(_GO), {"id": upload_id, "users": users}).scalars())
    conn.execute(sql(_COUNT), {"id": upload_id, "gone": len(gone)})
    return gone


def take_back(conn: Connection, upload_id: str) -> None:
    """Undo what the list changed of people who were known before, and note that all is done."""
    for statement in (*_BACK, _DONE):
        conn.execute(sql(statement), {"id": upload_id})
