"""Deletes an organization and what belongs to it, in the order of the foreign keys.

Places in classes and requests for accounts, classes, what people did and said, the people, and last the organizations,
schools before their district. Audit rows stay without their user, shared content stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

#: Children before their parents; each table with the column by which its rows belong to a class, or to a person.
OF_CLASSES = (("class_students", "class_id"), ("student_account_requests", "class_id"))
OF_PEOPLE = (
    ("class_students", "student_id"),
    ("feedback_effects", "student_id"),
    ("feedback", "student_id"),
    ("content_requests", "student_id"),
    ("student_progress", "student_id"),
    ("topic_engagement", "student_id"),
    ("student_interests", "student_id"),
    ("student_account_requests", "teacher_id"),
)
_DELETE = """
DELETE FROM {{content}}.{table}
WHERE ctid = ANY(ARRAY(SELECT ctid FROM {{content}}.{table} WHERE {column} = ANY(:ids) LIMIT :most))
  AND {column} = ANY(:ids)
"""
_UNLINK = """
UPDATE {content}.audit_logs SET user_id = NULL WHERE (id, created_at) IN
    (SELECT id, created_at FROM {content}.audit_logs WHERE user_id = ANY(:ids) LIMIT :most)
"""
_UPLOADS = """
DELETE FROM {content}.bulk_upload_jobs WHERE file_path = '' AND (uploaded_by = ANY(:people) OR school_id = ANY(:parts))
"""
_USERS = """
DELETE FROM {content}.users u WHERE id = ANY(:ids)
  AND NOT EXISTS (SELECT FROM {content}.classes c WHERE c.teacher_id = u.id)
  AND NOT EXISTS (SELECT FROM {content}.bulk_upload_jobs b WHERE b.uploaded_by = u.id)
"""
_ORGANIZATIONS = """
DELETE FROM {content}.organizations o WHERE id = ANY(:ids)
  AND NOT EXISTS (SELECT FROM {content}.organizations part WHERE part.parent_id = o.id)
  AND NOT EXISTS (SELECT FROM {content}.users u WHERE u.org_id = o.id)
  AND NOT EXISTS (SELECT FROM {content}.classes c WHERE c.school_id = o.id)
  AND NOT EXISTS (SELECT FROM {content}.bulk_upload_jobs b WHERE b.school_id = o.id)
"""
_CLOSE = """
WITH told AS (DELETE FROM bellwork.contract_notices WHERE organization_id = :id AND step <> 'deleted')
INSERT INTO bellwork.contract_notices (organization_id, contract_end, step, state) VALUES (:id, :end, 'deleted', 'done')
ON CONFLICT DO NOTHING
"""
_WAS_DELETED = "SELECT EXISTS (SELECT FROM bellwork.contract_notices WHERE organization_id = :id AND step = 'deleted')"


def delete_classes(conn: Connection, classes: Sequence[str], most: int) -> int:
    """Delete up to `most` rows of these classes, themselves last; fewer than `most` were deleted when all are gone."""
    gone = _delete_of(conn, OF_CLASSES, classes, most)
    return gone + _delete_of(conn, (("classes", "id"),), classes, most - gone) if gone < most else gone


def delete_people(conn: Connection, people: Sequence[str], most: int) -> int:
    """Delete up to `most` rows of these people, and then themselves; fewer than `most` when there are no more.

    Audit rows are kept without their user. A user who still teaches elsewhere, or uploaded a file that is still there,
    stays.
    """
    gone = _delete_of(conn, OF_PEOPLE, people, most)
    if gone < most:
        gone += conn.execute(sql(_UNLINK), {"ids": list(people), "most": most - gone}).rowcount
    if gone < most:
        gone += conn.execute(sql(_UPLOADS), {"people": list(people), "parts": []}).rowcount
    if gone < most:
        gone += conn.execute(sql(_USERS), {"ids": list(people)}).rowcount
    return gone


def delete_organizations(conn: Connection, parts: Sequence[str]) -> int:
    """Delete those of the organizations that are empty and have none below them; returns how many rows went."""
    gone = conn.execute(sql(_UPLOADS), {"people": [], "parts": list(parts)}).rowcount
    return gone + conn.execute(sql(_ORGANIZATIONS), {"ids": list(parts)}).rowcount


def close_contract(conn: Connection, organization_id: str, end: object) -> None:
    """Note that the organization was deleted, in the transaction that does it, and forget its notices.

    One of the same id that comes back gets all notices anew.
    """
    conn.execute(sql(_CLOSE), {"id": organization_id, "end": end})


def was_deleted(conn: Connection, organization_id: str) -> bool:
    """Tell whether an organization of this id was ever deleted here."""
    return bool(conn.execute(sql(_WAS_DELETED), {"id": organization_id}).scalar())


def _delete_of(conn: Connection, tables: Iterable[tuple[str, str]], ids: Sequence[str], most: int) -> int:
    gone = 0
    for table, column in tables:
        if gone >= most:
            break
        statement = _DELETE.format(table=table, column=column)
        gone += conn.execute(sql(statement), {"ids": list(ids), "most": most - gone}).rowcount
    return gone
