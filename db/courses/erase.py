"""Erases a person of the courses system: name, address and words go; certificates stay, under a pseudonym."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from bellwork.db.courses.certificates.stored import SUFFIXES
from bellwork.db.notices import forget_recipient
from bellwork.db.sql import sql
from bellwork.db.vocabulary.erasure import Erased

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: What jobs name of a user's.
_NAMED = ("enrollments", "lab_sessions", "assessment_attempts", "certificates", "subscriptions")
_DELETED = (
    "user_preferences",
    "learner_zones",
    "learner_days",
    "video_bookmarks",
    "ai_interactions",
    "learning_events",
)
_USER = "= CAST(:subject AS uuid)"
_MASKED = {
    "answers": f"""response = NULL FROM {{courses}}.assessment_attempts a
        WHERE a.id = attempt_id AND a.user_id {_USER} AND response IS NOT NULL""",
    "lab_sessions": f"""validation_result = NULL, terminal_url = NULL
        WHERE user_id {_USER} AND num_nonnulls(validation_result, terminal_url) > 0""",
    "certificates": f"pdf_url = NULL WHERE user_id {_USER} AND pdf_url IS NOT NULL",
    "certificate_issues": f"""pdf_url = NULL, credential_url = NULL, holder = NULL
        WHERE user_id {_USER} AND num_nonnulls(pdf_url, credential_url, holder) > 0""",
    "users": f"""email = 'erased-' || gen_random_uuid() || '@invalid', password_hash = '', first_name = 'Learner',
        last_name = upper(left(md5(gen_random_uuid()::text), 8)), avatar_url = NULL, bio = NULL, last_login_at = NULL,
        is_active = false, deleted_at = coalesce(deleted_at, now()), updated_at = now()
        WHERE id {_USER} AND email !~ '^erased-.*@invalid$'""",
}
_FILES = f"""
SELECT pdf_url FROM {{courses}}.certificates WHERE user_id {_USER} AND pdf_url IS NOT NULL
UNION SELECT file FROM {{courses}}.certificate_issues, unnest(ARRAY[pdf_url, credential_url]) AS file
WHERE user_id {_USER} AND file IS NOT NULL
UNION SELECT stem || suffix FROM {{courses}}.certificate_issues, unnest(stored_as) AS stem,
    unnest(CAST(:suffixes AS text[])) AS suffix
WHERE user_id {_USER}
"""  # noqa: S608 - ours
_LOCK = f"SELECT FROM {{courses}}.users WHERE id {_USER} FOR UPDATE"
_KEPT = {
    "courses.users": "the row stays under its id with a pseudonym in the place of the name",
    "courses.certificates": "they stay verifiable by their number, under the pseudonym",
    "courses.enrollments": "what was paid, and how far the learner came, is kept with the pseudonym",
}


def names(conn: Connection, subject: str) -> list[str]:
    """List the ids of what is a user's, by which jobs know him."""
    if not _is_uuid(subject):
        return []
    found = " UNION ".join(
        f"SELECT CAST(id AS text) FROM {{courses}}.{table} WHERE user_id {_USER}"  # noqa: S608 - ours
        for table in _NAMED
    )
    return list(conn.execute(sql(found), {"subject": subject}).scalars())


def erase(conn: Connection, subject: str) -> Erased:
    """Erase a user in the caller's transaction; the same again finds nothing."""
    if not _is_uuid(subject) or not conn.execute(sql(_LOCK), {"subject": subject}).all():
        return Erased()
    files = list(conn.execute(sql(_FILES), {"subject": subject, "suffixes": list(SUFFIXES)}).scalars())
    deleted = {
        f"courses.{table}": _run(conn, f"DELETE FROM {{courses}}.{table} WHERE user_id {_USER}", subject)  # noqa: S608
        for table in _DELETED
    }
    deleted["bellwork.notices"] = forget_recipient(conn, subject)
    masked = {
        f"courses.{table}": _run(conn, f"UPDATE {{courses}}.{table} SET {change}", subject)  # noqa: S608
        for table, change in _MASKED.items()
    }
    return Erased(deleted, masked, _KEPT, files)


def _run(conn: Connection, statement: str, subject: str) -> int:
    return conn.execute(sql(statement), {"subject": subject}).rowcount


def _is_uuid(subject: str) -> bool:
    try:
        return bool(UUID(subject))
    except ValueError:
        return False
