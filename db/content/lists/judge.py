"""Which rows of a list are refused, and why: statements over all rows at once, each of which writes only the refused.

Duplicates come last, so that of several rows with one address the first valid one counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.lists.joins import execute_by_hash
from bellwork.db.content.lists.leavers import refuse_leavers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.content.lists.run import Order

#: The user whose address a row has, however it is written there; of several the one that is written alike.
KNOWN = """
LATERAL (SELECT u.id, u.org_id, CAST(u.role AS text) AS role,
                u.is_active IS NOT FALSE AND u.deleted_at IS NULL AS is_active
         FROM {content}.users u WHERE lower(u.email) = p.email ORDER BY u.email <> p.email, u.id LIMIT 1) u
"""
#: Classes of a school by what lists call them: the id here, the id in another system, or the name where it is unique.
CLASSES = """
named AS MATERIALIZED (
    SELECT n.name, min(c.id) AS class_id, count(DISTINCT c.id) AS found
    FROM (SELECT class_name AS name FROM {content}.listed_people WHERE upload_id = :id AND class_name IS NOT NULL
          UNION SELECT value FROM {content}.listed_facts WHERE upload_id = :id AND kind = 'class') n
    LEFT JOIN {content}.classes c ON c.school_id = :school AND c.deleted_at IS NULL
        AND (c.id = n.name OR c.metadata ->> 'sourcedId' = n.name OR lower(c.name) = lower(n.name))
    GROUP BY n.name
)
"""
# A person's primary role counts; who is marked as several things without one is the first of them.
_ROLES = """
UPDATE {content}.listed_people p SET role = f.value
FROM (SELECT DISTINCT ON (source_id) source_id, value FROM {content}.listed_facts
      WHERE upload_id = :id AND kind = 'role' ORDER BY source_id, number) f
WHERE p.upload_id = :id AND p.error IS NULL AND p.role IS NULL AND f.source_id = p.source_id
"""
_ROWS = f"""
WITH {CLASSES}, judged AS (
    SELECT p.row_number, CASE
        WHEN coalesce(p.role, :role) NOT IN ('student', 'teacher') THEN
            format('a list makes students and teachers, and this is the role %L', left(p.role, 40))
        WHEN p.leaves THEN NULL
        WHEN n.found = 0 THEN format('the school has no class %L', left(p.class_name, 80))
        WHEN n.found > 1 THEN format('the school has %s classes that are called %L', n.found, left(p.class_name, 80))
        WHEN coalesce(p.role, :role) = 'teacher' THEN NULL
        WHEN coalesce(p.grade_level, :grade) IS NULL THEN
            'a student has a grade from 9 to 12: neither the row nor the upload names one'
        WHEN coalesce(p.grade_level, :grade) NOT BETWEEN 9 AND 12 THEN 'a student''s grade is one of 9 to 12'
    END AS error
    FROM {{content}}.listed_people p LEFT JOIN named n ON n.name = p.class_name
    WHERE p.upload_id = :id AND p.error IS NULL
)
UPDATE {{content}}.listed_people p SET error = j.error FROM judged j
WHERE p.upload_id = :id AND p.row_number = j.row_number AND j.error IS NOT NULL
"""  # noqa: S608 - a constant of ours
_KNOWN = f"""
WITH judged AS MATERIALIZED (
    SELECT p.row_number, CASE
        WHEN u.org_id <> :school THEN 'the address belongs to an account of another school'
        WHEN u.role NOT IN ('student', 'teacher') THEN
            'the address belongs to an account with more rights than a list may touch'
        WHEN p.leaves THEN NULL
        WHEN NOT u.is_active THEN
            'the address belongs to an account that is switched off; an administrator can switch it on'
        WHEN u.role <> coalesce(p.role, :role) THEN format('the address belongs to a %s''s account', u.role)
    END AS error
    FROM {{content}}.listed_people p CROSS JOIN {KNOWN}
    WHERE p.upload_id = :id AND p.row_number BETWEEN :first AND :last AND p.error IS NULL
)
UPDATE {{content}}.listed_people p SET error = j.error FROM judged j
WHERE p.upload_id = :id AND p.row_number = j.row_number AND j.error IS NOT NULL
"""  # noqa: S608 - as above
_DUPLICATES = """
UPDATE {content}.listed_people p SET error = format('row %s has the same address', d.first)
FROM (SELECT row_number, min(row_number) OVER (PARTITION BY email) AS first
      FROM {content}.listed_people WHERE upload_id = :id AND error IS NULL) d
WHERE p.upload_id = :id AND p.row_number = d.row_number AND d.row_number > d.first
"""
_UNKNOWN_CLASSES = f"""
WITH {CLASSES}
SELECT left(n.name, 80), count(DISTINCT f.source_id)
FROM named n JOIN {{content}}.listed_facts f ON f.upload_id = :id AND f.kind = 'class' AND f.value = n.name
WHERE n.found <> 1 GROUP BY n.name ORDER BY n.name LIMIT 20
"""  # noqa: S608 - as above
LAST_ROW = 2_147_483_647


def judge(conn: Connection, order: Order) -> None:
    """Refuse what cannot be done, row by row, in the caller's transaction."""
    asked = {"id": order.upload_id, "school": order.school_id, "role": order.role, "grade": order.grade_level}
    execute_by_hash(conn, _ROLES, asked)
    execute_by_hash(conn, _ROWS, asked)
    refuse_known(conn, order)
    refuse_leavers(conn, order)
    execute_by_hash(conn, _DUPLICATES, asked)


def refuse_known(conn: Connection, order: Order, first: int = 0, last: int = LAST_ROW) -> int:
    """Refuse rows whose addresses belong to accounts that a list may not touch; returns how many these are."""
    asked = {"id": order.upload_id, "school": order.school_id, "role": order.role, "first": first, "last": last}
    return execute_by_hash(conn, _KNOWN, asked).rowcount


def unknown_classes(conn: Connection, order: Order) -> list[tuple[str, int]]:
    """List classes of enrollments that the school does not have, or has twice, with how many people they name."""
    asked = {"id": order.upload_id, "school": order.school_id}
    return [(name, count) for name, count in execute_by_hash(conn, _UNKNOWN_CLASSES, asked)]
