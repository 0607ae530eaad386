"""Erases a person of the companion: a learner with all that is his, anybody else's row without what it says of him."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from bellwork.db.sql import sql
from bellwork.db.vocabulary.erasure import Erased

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: What jobs name of a learner's, and what goes with his row (ON DELETE CASCADE).
_NAMED = {
    "goals": "id",
    "sessions": "id",
    "qa_interactions": "id",
    "practice_assignments": "id",
    "overrides": "id",
    "practice_sets": "request_id",
}
_OF_STUDENT = (*_NAMED, "summaries", "student_ratings", "tutor_student_assignments", "learner_days")
_OF_USER = ("nudges", "nudge_keys", "nudge_suppressions")
_TRANSCRIPTS = """
SELECT transcript_storage_url FROM {companion}.sessions
WHERE student_id = CAST(:subject AS uuid) AND transcript_storage_url <> ''
"""
_ROLE = "SELECT role FROM {companion}.users WHERE id = CAST(:subject AS uuid) FOR UPDATE"
_DELETE = "DELETE FROM {companion}.users WHERE id = CAST(:subject AS uuid)"
_MASK = """
UPDATE {companion}.users SET cognito_sub = 'erased-' || gen_random_uuid(),
    email = 'erased-' || gen_random_uuid() || '@invalid', profile = '{}', gamification = '{}', analytics = '{}'
WHERE id = CAST(:subject AS uuid) AND email !~ '^erased-.*@invalid$'
"""
_STAYS = "what learners have of this person stays theirs; the row stays without address and profile"


def names(conn: Connection, subject: str) -> list[str]:
    """List the ids of what is a learner's, by which jobs know him."""
    if not _is_uuid(subject):
        return []
    found = " UNION ".join(
        f"SELECT CAST({column} AS text) FROM {{companion}}.{table} WHERE student_id = CAST(:subject AS uuid)"  # noqa: S608
        for table, column in _NAMED.items()
    )
    return list(conn.execute(sql(found), {"subject": subject}).scalars())


def erase(conn: Connection, subject: str) -> Erased:
    """Erase a user in the caller's transaction; a learner's row goes, and with it all that refers to it."""
    role = conn.execute(sql(_ROLE), {"subject": subject}).scalar() if _is_uuid(subject) else None
    if role is None:
        return Erased()
    if role == "student":
        deleted = {f"companion.{table}": _count(conn, table, "student_id", subject) for table in _OF_STUDENT}
        deleted |= {f"companion.{table}": _count(conn, table, "user_id", subject) for table in _OF_USER}
        files = conn.execute(sql(_TRANSCRIPTS), {"subject": subject}).scalars().all()
        try:
            with conn.begin_nested():
                deleted["companion.users"] = _run(conn, _DELETE, subject)
        except IntegrityError:
            pass  # somebody else's row names him as its author
        else:
            return Erased(deleted, files=files)
    gone = {f"companion.{table}": _delete(conn, table, subject) for table in _OF_USER}
    masked = {"companion.users": _run(conn, _MASK, subject)}
    return Erased(gone, masked, {"companion.users": _STAYS})


def _count(conn: Connection, table: str, column: str, subject: str) -> int:
    statement = f"SELECT count(*) FROM {{companion}}.{table} WHERE {column} = CAST(:subject AS uuid)"  # noqa: S608 - ours
    return int(conn.execute(sql(statement), {"subject": subject}).scalar_one())


def _delete(conn: Connection, table: str, subject: str) -> int:
    return _run(conn, f"DELETE FROM {{companion}}.{table} WHERE user_id = CAST(:subject AS uuid)", subject)  # noqa: S608


def _run(conn: Connection, statement: str, subject: str) -> int:
    return conn.execute(sql(statement), {"subject": subject}).rowcount


def _is_uuid(subject: str) -> bool:
    try:
        return bool(UUID(subject))
    except ValueError:
        return False
