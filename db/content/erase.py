"""Erases a person of the content system: what is his goes, and audit rows stay seven years, without him."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.content.queries.organization_deletion import OF_PEOPLE
from bellwork.db.sql import sql
from bellwork.db.vocabulary.erasure import Erased

if TYPE_CHECKING:
    from sqlalchemy import Connection

_NAMED = """
SELECT id FROM {content}.content_requests WHERE student_id = :subject
UNION ALL SELECT id FROM {content}.feedback WHERE student_id = :subject
UNION ALL SELECT id FROM {content}.student_account_requests
WHERE created_user_id = :subject OR lower(email) = (SELECT lower(email) FROM {content}.users WHERE id = :subject)
"""
_EMAIL = "SELECT email FROM {content}.users WHERE id = :subject FOR UPDATE"
_AUDIT = """
UPDATE {content}.audit_logs SET
    ip_address = CASE WHEN user_id IS DISTINCT FROM :subject THEN ip_address END,
    user_agent = CASE WHEN user_id IS DISTINCT FROM :subject THEN user_agent END,
    metadata = NULL, user_id = nullif(user_id, :subject),
    resource_id = CASE WHEN resource_id = ANY(:names) THEN NULL ELSE resource_id END
WHERE user_id = :subject OR resource_id = ANY(:names)
"""
# By whom an event was seen is in its id (take_event).
_SEEN = """
DELETE FROM bellwork.seen_events
WHERE source IN ('content.view', 'content.completion') AND starts_with(event_id, CAST(:subject AS text) || ':')
"""
_FILES = """
SELECT b.file_path, coalesce(l.errors_path, '') AS errors_path FROM {content}.bulk_upload_jobs b
LEFT JOIN {content}.class_lists l ON l.upload_id = b.id WHERE b.uploaded_by = :subject FOR UPDATE OF b
"""
_ERRORS = """
UPDATE {content}.bulk_upload_jobs SET error_log = (
    SELECT jsonb_agg(CASE WHEN position(:email IN CAST(e.line AS text)) > 0
        THEN jsonb_build_object('row', e.line -> 'row', 'error', 'erased') ELSE e.line END ORDER BY e.place)
    FROM jsonb_array_elements(error_log) WITH ORDINALITY AS e(line, place))
WHERE position(:email IN CAST(error_log AS text)) > 0 AND jsonb_typeof(error_log) = 'array'
"""
_OF_ACCOUNTS = "teacher_id = :subject OR created_user_id = :subject OR lower(email) = lower(:email)"
#: In the order of the foreign keys.
_DELETED = (
    *((table, f"{column} = :subject") for table, column in OF_PEOPLE if table != "student_account_requests"),
    ("student_account_requests", _OF_ACCOUNTS),
    ("invitations", "user_id = :subject"),
    ("list_changes", "user_id = :subject"),
    ("listed_people", "email = lower(:email)"),
    ("bulk_upload_jobs", "uploaded_by = :subject"),
    ("users", "id = :subject AND NOT EXISTS (SELECT FROM {content}.classes c WHERE c.teacher_id = :subject)"),
)
_NOTICES = "DELETE FROM bellwork.contract_notices WHERE recipient_id = :subject"
_MASK = """
UPDATE {content}.users SET email = 'erased-' || gen_random_uuid() || '@invalid', password_hash = '',
    email_verified = false, first_name = 'erased', last_name = 'erased', student_id = NULL, is_active = false,
    last_login_at = NULL, reset_token = NULL, reset_token_expires_at = NULL, metadata = NULL,
    deleted_at = coalesce(deleted_at, now())
WHERE id = :subject AND email !~ '^erased-.*@invalid$'
"""
_TEACHES = "a user who has classes cannot be deleted (vividly.md, classes); the row stays without name and address"
_BY_LAW = "audit rows are kept for seven years (vividly.md, Data Retention), without the person"


def names(conn: Connection, subject: str) -> list[str]:
    """List the ids of a user's requests and feedback, and of requests for his account, by which jobs know him."""
    return list(conn.execute(sql(_NAMED), {"subject": subject}).scalars())


def erase(conn: Connection, subject: str) -> Erased:
    """Erase a user in the caller's transaction: his rows, then himself; what was made for all stays."""
    asked: dict[str, Any] = {"subject": subject, "names": [subject, *names(conn, subject)]}
    asked["email"] = conn.execute(sql(_EMAIL), asked).scalar() or ""
    files = [path for row in conn.execute(sql(_FILES), asked) for path in row if path]
    masked = {"content.audit_logs": _run(conn, _AUDIT, asked)}
    if asked["email"]:
        masked["content.bulk_upload_jobs"] = _run(conn, _ERRORS, asked)
    deleted = {f"content.{table}": _delete(conn, table, where, asked) for table, where in _DELETED}
    deleted["bellwork.contract_notices"] = _run(conn, _NOTICES, asked)
    deleted["bellwork.seen_events"] = _run(conn, _SEEN, asked)
    masked["content.users"] = _run(conn, _MASK, asked)
    kept = {"content.audit_logs": _BY_LAW} if masked["content.audit_logs"] else {}
    return Erased(deleted, masked, kept | ({"content.users": _TEACHES} if masked["content.users"] else {}), files)


def _delete(conn: Connection, table: str, where: str, asked: dict[str, Any]) -> int:
    return _run(conn, f"DELETE FROM {{content}}.{table} WHERE {where}", asked)  # noqa: S608 - conditions of ours


def _run(conn: Connection, statement: str, asked: dict[str, Any]) -> int:
    return conn.execute(sql(statement), asked).rowcount
