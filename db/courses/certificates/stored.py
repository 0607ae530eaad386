"""What is stored for an issue before it is one: written down first, so that whoever dies in between leaves no page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

#: An object's key is a stem that is written down, and one of these.
SUFFIXES = (".pdf", ".json")
#: Hours after which no attempt is on its way any more that could settle what it stored (its time limit is a minute).
PATIENCE = 24
# Its learner is locked, as by whoever erases him.
_LOCK = "SELECT FROM {courses}.users WHERE id = :user AND deleted_at IS NULL FOR SHARE"
_NOTE = """
UPDATE {courses}.certificate_issues
SET stored_as = array_append(array_remove(stored_as, CAST(:stem AS text)), CAST(:stem AS text)), stored_at = now()
WHERE serial = :serial AND settled_at IS NULL
"""
# What settled is known by its URLs. Without a certificate of ours there is none to come where the learner has left, or
# has one that was not made here.
_LEFT = """
SELECT i.serial, i.stored_as, i.pdf_url, i.credential_url
FROM {courses}.certificate_issues i JOIN {courses}.users u ON u.id = i.user_id
WHERE i.stored_as <> '{}' AND i.stored_at < now() - :hours * interval '1 hour'
  AND (i.settled_at IS NOT NULL OR u.deleted_at IS NOT NULL OR EXISTS (
      SELECT FROM {courses}.certificates c
      WHERE (c.user_id, c.course_id) = (i.user_id, i.course_id) AND c.id <> i.certificate_id))
ORDER BY i.stored_at LIMIT :most FOR UPDATE OF i SKIP LOCKED
"""
_KNOWN = "SELECT pdf_url, credential_url FROM {courses}.certificate_issues WHERE serial = :serial"
_FORGET = "UPDATE {courses}.certificate_issues SET stored_as = '{}', stored_at = NULL WHERE serial = ANY(:serials)"


class Left(NamedTuple):
    """Objects that were stored for issues and are none of theirs."""

    serials: list[int]
    keys: list[str]


def lock_learner(conn: Connection, user_id: object) -> bool:
    """Keep a learner from being erased until the transaction ends; False where he has asked for it, or is."""
    return conn.execute(sql(_LOCK), {"user": user_id}).first() is not None


def note_stored(conn: Connection, serial: int, user_id: object, stem: str) -> bool:
    """Write down under which stem an issue is about to be stored; False where it is settled, or its learner leaves."""
    if not lock_learner(conn, user_id):
        return False
    return bool(conn.execute(sql(_NOTE), {"serial": serial, "stem": stem}).rowcount)


def left_behind(conn: Connection, most: int) -> Left:
    """List what attempts stored a day ago that did not come to settle it; the rows are locked."""
    rows = conn.execute(sql(_LEFT), {"hours": PATIENCE, "most": most}).all()
    return Left([row.serial for row in rows], [key for row in rows for key in _unnamed(row, row.stored_as)])


def unnamed(conn: Connection, serial: int, stem: str) -> list[str]:
    """List the keys of a stem by which an issue is not known."""
    return _unnamed(conn.execute(sql(_KNOWN), {"serial": serial}).one(), [stem])


def forget_stored(conn: Connection, serials: list[int]) -> None:
    """Write down that nothing is left of these."""
    conn.execute(sql(_FORGET), {"serials": serials})


def _unnamed(issue: Any, stems: Sequence[str]) -> list[str]:
    # By the key and not by the URL, which begins otherwise where the storage has moved.
    known = [url for url in (issue.pdf_url, issue.credential_url) if url]
    keys = [f"{stem}{suffix}" for stem in stems for suffix in SUFFIXES]
    return [key for key in keys if not any(url.endswith(f"/{key}") for url in known)]
