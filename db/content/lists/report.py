"""What became of a list's rows: numbers, the first errors by row, and all of them as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.lists.joins import execute_by_hash
from bellwork.db.content.lists.judge import CLASSES, KNOWN
from bellwork.db.engine import psycopg_of
from bellwork.db.sql import sql
from bellwork.db.systems import schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from bellwork.db.content.lists.run import Order

#: Errors that stand in the upload's own row; more lie in a file in the storage.
LOGGED = 1_000
_COUNT = "SELECT count(*), count(error) FROM {content}.listed_people WHERE upload_id = :id"
# Of a dry run nothing was made: who is unknown would be.
_COUNTED = f"""
WITH person AS (
    SELECT p.leaves, u.id IS NULL OR EXISTS (
               SELECT FROM {{content}}.invitations i WHERE i.user_id = u.id AND i.upload_id = :id) AS is_new,
           u.is_active OR EXISTS (SELECT FROM {{content}}.list_changes l
                                  WHERE l.upload_id = :id AND l.user_id = u.id AND l.what = 'left') AS goes
    FROM {{content}}.listed_people p
    LEFT JOIN {KNOWN} ON true
    WHERE p.upload_id = :id AND p.error IS NULL
)
SELECT count(*) FILTER (WHERE NOT leaves AND is_new), count(*) FILTER (WHERE NOT leaves AND NOT is_new),
       count(*) FILTER (WHERE leaves AND goes) FROM person
"""  # noqa: S608 - constants of ours
_PLACES = f"""
WITH {CLASSES}, person AS (
    SELECT row_number, source_id, class_name FROM {{content}}.listed_people
    WHERE upload_id = :id AND error IS NULL AND NOT leaves AND coalesce(role, :role) = 'student'
), place AS (
    SELECT row_number, n.class_id FROM person JOIN named n ON n.name = class_name AND n.found = 1
    UNION SELECT row_number, n.class_id FROM person
        JOIN {{content}}.listed_facts f ON f.upload_id = :id AND f.kind = 'class' AND f.source_id = person.source_id
        JOIN named n ON n.name = f.value AND n.found = 1
    UNION SELECT row_number, CAST(:class AS text) FROM person
        WHERE CAST(:class AS text) IS NOT NULL AND class_name IS NULL AND NOT :enrolled
)
SELECT count(*) FROM place
"""  # noqa: S608 - as above
_ERRORS = """
SELECT coalesce(jsonb_agg(jsonb_build_object('row', row_number, 'error', error) ORDER BY row_number), '[]')::text
FROM (SELECT row_number, error FROM {content}.listed_people WHERE upload_id = :id AND error IS NOT NULL
      ORDER BY row_number LIMIT :most) first
"""


def count_rows(conn: Connection, order: Order) -> tuple[int, int]:
    """Count the rows that were read, and those of them that are refused."""
    total, failed = conn.execute(sql(_COUNT), {"id": order.upload_id}).one()
    return int(total), int(failed)


def count_people(conn: Connection, order: Order, *, enrolled: bool = False) -> tuple[int, int, int, int]:
    """Count who is new, who was known, who leaves, and the places in classes; of a dry run, as they would be."""
    asked = {"id": order.upload_id, "school": order.school_id, "role": order.role, "class": order.class_id}
    new, known, leaving = execute_by_hash(conn, _COUNTED, asked).one()
    places = execute_by_hash(conn, _PLACES, asked | {"enrolled": enrolled}).scalar_one()
    return int(new), int(known), int(leaving), int(places)


def first_errors(conn: Connection, order: Order) -> str:
    """Return the first errors as the upload's row has them, a JSON array of {row, error}."""
    return str(conn.execute(sql(_ERRORS), {"id": order.upload_id, "most": LOGGED}).scalar_one())


def errors_as_csv(conn: Connection, order: Order) -> Iterator[bytes]:
    """Yield all errors as CSV, with a header, in the order of the rows; no cell begins with what a file says."""
    place = f'"{schemas()["content"]}".listed_people'
    statement = f"""COPY (SELECT row_number AS row, error FROM {place} WHERE upload_id = %s AND error IS NOT NULL
        ORDER BY row_number) TO STDOUT (FORMAT csv, HEADER)"""  # noqa: S608 - a name of ours
    with psycopg_of(conn).cursor() as cursor, cursor.copy(statement.encode(), (order.upload_id,)) as copy:
        for chunk in copy:
            yield bytes(chunk)
