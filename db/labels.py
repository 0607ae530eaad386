"""The labels of PostgreSQL's enums, as this release's models have them and as the database has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Enum

from bellwork.db.engine import psycopg_of
from bellwork.db.systems import schemas, tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

_LABELS = b"""
SELECT n.nspname || '.' || c.relname || '.' || a.attname, array_agg(e.enumlabel::text)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_enum e ON e.enumtypid = a.atttypid
WHERE n.nspname = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
GROUP BY 1
"""


class MissingLabel(NamedTuple):
    """A status that this release writes and the database refuses; the column is schema.table.column."""

    column: str
    label: str


def missing_labels(conn: Connection) -> list[MissingLabel]:
    """List the labels that the models of any system may write to a column whose enum, in the database, lacks them.

    Columns that the database does not have are the migrations' business, and not told here.
    """
    placed = schemas()
    known = dict(psycopg_of(conn).execute(_LABELS, (list(placed.values()),)).fetchall())
    found = []
    for table in tables():
        for column in table.columns:
            name = f"{placed.get(str(table.schema), table.schema)}.{table.name}.{column.name}"
            if isinstance(column.type, Enum) and name in known:
                found += [MissingLabel(name, label) for label in column.type.enums if label not in known[name]]
    return found
