"""Takes away exactly what a revision made, known by its mark: what carries no mark was not ours and stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_DROPS = text("""
SELECT CASE
    WHEN marked.type = 'table column' THEN format('ALTER TABLE %s DROP COLUMN %I', objoid::regclass, attname)
    WHEN contype IS NOT NULL THEN format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
    ELSE format('DROP %s %s', marked.type, marked.identity)
END
FROM pg_description
CROSS JOIN LATERAL pg_identify_object(classoid, objoid, objsubid) AS marked
LEFT JOIN pg_constraint ON classoid = 'pg_constraint'::regclass AND pg_constraint.oid = objoid
LEFT JOIN pg_attribute ON classoid = 'pg_class'::regclass AND attrelid = objoid AND attnum = objsubid AND objsubid > 0
WHERE description = ANY(:marks) AND contype IS DISTINCT FROM 'p' AND marked.type = ANY(:types)
ORDER BY array_position(:types, marked.type)
""")
_TABLES = text("""
SELECT string_agg(conrelid::regclass::text, ', ') FROM pg_description
JOIN pg_constraint ON classoid = 'pg_constraint'::regclass AND pg_constraint.oid = objoid
WHERE description = ANY(:marks) AND contype = 'p'
""")
_BELONGINGS = ["view", "trigger", "index", "table constraint", "table column"]
_GROUND = ["function", "type", "schema"]


def undo(conn: Connection, *marks: str) -> None:
    """Drop what the revisions of these marks made, in the caller's transaction; of an adopted schema what they added.

    Raises what PostgreSQL raises, and changes nothing, where something that is not ours depends on a thing of ours.
    A function that the revision corrected keeps its corrected text.
    """
    _drop(conn, marks, _BELONGINGS)
    tables = conn.execute(_TABLES, {"marks": list(marks)}).scalar_one()
    if tables:
        # One statement: these tables refer to each other in a circle of foreign keys, and nothing is to cascade.
        conn.exec_driver_sql(f"DROP TABLE {tables}")
    _drop(conn, marks, _GROUND)


def _drop(conn: Connection, marks: Sequence[str], types: list[str]) -> None:
    for statement in conn.execute(_DROPS, {"marks": list(marks), "types": types}).scalars().all():
        conn.exec_driver_sql(statement)
