"""Who leaves a school by a list: only where the upload consents, and never above a tenth of the school at once.

A tenth, because other systems delete whoever is missing from a file, or marked in it, "without any prompting"
(Canvas, SIS imports, batch mode). At once is within 24 hours, over all uploads of a school.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.lists.joins import execute_by_hash
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.content.lists.run import Order

#: One in so many accounts of a school may leave within 24 hours.
SHARE = 10
_LEAVING = """
leaving AS MATERIALIZED (
    SELECT p.row_number, u.id FROM {content}.listed_people p
    JOIN {content}.users u ON lower(u.email) = p.email AND u.org_id = :school
    WHERE p.upload_id = :id AND p.leaves AND p.error IS NULL AND u.is_active IS NOT FALSE AND u.deleted_at IS NULL
      AND u.role IN ('student', 'teacher')
)
"""
_LOCK = "SELECT FROM {content}.organizations WHERE id = :school FOR NO KEY UPDATE"
# Who left within a day counts as one who was there, and who came by this very list does not.
_REFUSE = f"""
WITH {_LEAVING}, gone AS (
    SELECT count(DISTINCT c.user_id) AS people FROM {{content}}.list_changes c
    JOIN {{content}}.users u ON u.id = c.user_id AND u.org_id = :school
    WHERE c.what = 'left' AND c.at > now() - interval '24 hours' AND c.upload_id <> :id
), there AS (
    SELECT count(*) AS people FROM {{content}}.users u
    WHERE u.org_id = :school AND u.role IN ('student', 'teacher') AND u.is_active IS NOT FALSE AND u.deleted_at IS NULL
      AND NOT EXISTS (SELECT FROM {{content}}.invitations i WHERE i.user_id = u.id AND i.upload_id = :id)
), counted AS (
    SELECT (SELECT count(DISTINCT id) FROM leaving) AS wanted, gone.people AS gone, there.people + gone.people AS there
    FROM gone, there
)
UPDATE {{content}}.listed_people p SET error = CASE
    WHEN NOT :consent THEN 'the row says that this person leaves, and the upload does not consent to that'
    WHEN c.gone = 0 THEN format('%s of the school''s %s accounts would leave; a list may take one in {SHARE}',
                                c.wanted, c.there)
    ELSE format('%s of the school''s %s accounts would leave, after %s within 24 hours; one in {SHARE} may',
                c.wanted, c.there, c.gone) END
FROM leaving l, counted c
WHERE p.upload_id = :id AND p.row_number = l.row_number
  AND (NOT :consent OR (c.wanted + c.gone) * {SHARE} > c.there)
"""  # noqa: S608 - constants of ours
_LEAVE = f"""
WITH {_LEAVING}, off AS (
    UPDATE {{content}}.users u SET is_active = false FROM leaving l WHERE u.id = l.id RETURNING u.id
), dropped AS (
    UPDATE {{content}}.class_students s SET dropped_at = now() FROM leaving l
    WHERE s.student_id = l.id AND s.dropped_at IS NULL RETURNING s.student_id, s.class_id
)
INSERT INTO {{content}}.list_changes (upload_id, user_id, what, class_id)
SELECT :id, id, 'left', '' FROM off UNION ALL SELECT :id, student_id, 'dropped', class_id FROM dropped
ON CONFLICT DO NOTHING
"""  # noqa: S608 - as above


def refuse_leavers(conn: Connection, order: Order) -> int:
    """Refuse rows of people who are there and may not leave by this list; returns how many these are."""
    asked = {"id": order.upload_id, "school": order.school_id, "consent": order.leavers}
    return execute_by_hash(conn, _REFUSE, asked).rowcount


def let_leave(conn: Connection, order: Order) -> int:
    """Switch off the accounts of who leaves and end their places in classes; returns how many rows were refused now.

    The school is held until the commit: of two lists at once the second one counts the first one's leavers.
    """
    asked = {"id": order.upload_id, "school": order.school_id}
    conn.execute(sql(_LOCK), asked)
    refused = refuse_leavers(conn, order)
    conn.execute(sql(_LEAVE), asked)
    return refused
