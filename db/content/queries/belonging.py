"""What belongs to an organization to be deleted: its parts, classes, people and files, and what is in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.queries.organization_deletion import OF_PEOPLE
from bellwork.db.content.queries.uploads import UploadFile
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

# A school with a contract of its own is not part of its district's, whatever that contract says.
_PARTS = """
WITH RECURSIVE part AS (
    SELECT id FROM {content}.organizations WHERE id = :id
    UNION SELECT o.id FROM {content}.organizations o JOIN part ON o.parent_id = part.id
    WHERE jsonb_typeof(o.metadata) IS DISTINCT FROM 'object' OR o.metadata ->> 'contract_end' IS NULL
) SELECT id FROM part ORDER BY id
"""
_LOCK_PARTS = "SELECT id FROM {content}.organizations WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE"
_LOCK_CLASSES = "SELECT id FROM {content}.classes WHERE id = ANY(:ids) AND school_id = :part ORDER BY id FOR UPDATE"
_LOCK_PEOPLE = "SELECT id FROM {content}.users WHERE id = ANY(:ids) AND org_id = :part ORDER BY id FOR UPDATE"
_CLASSES = "SELECT id FROM {content}.classes WHERE school_id = :id ORDER BY id LIMIT :most"
_PEOPLE = "SELECT id FROM {content}.users WHERE org_id = :id AND id > :after ORDER BY id LIMIT :most"
_FILES = """
SELECT id, file_path, coalesce(l.errors_path, '') FROM {content}.bulk_upload_jobs b
LEFT JOIN {content}.class_lists l ON l.upload_id = b.id
WHERE file_path <> '' AND (school_id = ANY(:ids) OR EXISTS (
    SELECT FROM {content}.users u WHERE u.id = b.uploaded_by AND u.org_id = ANY(:ids)))
  AND id > :after ORDER BY id LIMIT :most
"""
_IN_THE_WAY = """
SELECT format('user %s teaches class %s of %s, which stays', u.id, c.id, c.school_id)
FROM {content}.users u JOIN {content}.classes c ON c.teacher_id = u.id WHERE u.org_id = ANY(:ids)
UNION ALL SELECT format('upload %s has a file that could not be removed', b.id)
FROM {content}.bulk_upload_jobs b WHERE b.file_path <> '' AND (b.school_id = ANY(:ids) OR EXISTS (
    SELECT FROM {content}.users u WHERE u.id = b.uploaded_by AND u.org_id = ANY(:ids)))
UNION ALL SELECT format('%s has a contract of its own', part.id)
FROM {content}.organizations part WHERE part.parent_id = ANY(:ids) AND NOT part.id = ANY(:ids)
ORDER BY 1 LIMIT :most
"""
_COUNTED = {
    "classes": "school_id = ANY(:ids)",
    "users": "org_id = ANY(:ids)",
    "organizations": "id = ANY(:ids)",
}


def parts_of(conn: Connection, organization_id: str) -> list[str]:
    """List an organization and what is below it, without what has a contract of its own."""
    return list(conn.execute(sql(_PARTS), {"id": organization_id}).scalars())


def lock_parts(conn: Connection, parts: Sequence[str]) -> list[str]:
    """Lock those of the organizations that stand: none gets a contract of its own before the transaction is over."""
    return list(conn.execute(sql(_LOCK_PARTS), {"ids": list(parts)}).scalars())


def lock_classes(conn: Connection, part: str, classes: Sequence[str]) -> list[str]:
    """Lock those of the classes that still belong to this school."""
    return list(conn.execute(sql(_LOCK_CLASSES), {"ids": list(classes), "part": part}).scalars())


def lock_people(conn: Connection, part: str, people: Sequence[str]) -> list[str]:
    """Lock those of the people who still belong to this organization: somebody may have moved to another one."""
    return list(conn.execute(sql(_LOCK_PEOPLE), {"ids": list(people), "part": part}).scalars())


def classes_of(conn: Connection, organization_id: str, most: int) -> list[str]:
    """List a few classes of a school."""
    return list(conn.execute(sql(_CLASSES), {"id": organization_id, "most": most}).scalars())


def people_of(conn: Connection, organization_id: str, after: str, most: int) -> list[str]:
    """List the next people of an organization, in the order of their ids."""
    asked = {"id": organization_id, "after": after, "most": most}
    return list(conn.execute(sql(_PEOPLE), asked).scalars())


def files_of(conn: Connection, parts: Sequence[str], after: str, most: int) -> list[UploadFile]:
    """List the next uploads of these organizations, or of their people, that still have a file."""
    asked = {"ids": list(parts), "after": after, "most": most}
    return [UploadFile(*row) for row in conn.execute(sql(_FILES), asked)]


def in_the_way(conn: Connection, parts: Sequence[str], most: int = 5) -> list[str]:
    """Say what keeps these organizations from being deleted."""
    return list(conn.execute(sql(_IN_THE_WAY), {"ids": list(parts), "most": most}).scalars())


def count_belonging(conn: Connection, parts: Sequence[str]) -> dict[str, int]:
    """Count the rows that would be deleted with these organizations, by table."""
    people = "(SELECT id FROM {content}.users WHERE org_id = ANY(:ids))"
    counted = {**{table: f"{column} IN {people}" for table, column in OF_PEOPLE}, **_COUNTED}
    return {table: _count(conn, table, condition, parts) for table, condition in counted.items()}


def _count(conn: Connection, table: str, condition: str, parts: Sequence[str]) -> int:
    statement = f"SELECT count(*) FROM {{content}}.{table} WHERE {condition}"  # noqa: S608 - ours, values are bound
    return int(conn.execute(sql(statement), {"ids": list(parts)}).scalar_one())
