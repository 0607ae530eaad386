"""Fills tables fast: without a look at foreign keys, and with indexes that are made when the rows are there."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), conname, pg_get_constraintdef(c.oid)
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
WHERE i.indrelid = %s::regclass
  AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = i.indexrelid)
"""


@contextmanager
def unindexed(url: str, tables: Sequence[str]) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection to fill these tables with; afterwards they have their indexes again, and statistics."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET session_replication_role = replica")
        conn.execute("SET maintenance_work_mem = '512MB'")
        again = [ddl for table in tables for ddl in _drop_indexes(conn, table)]
        yield conn
        for ddl in again:
            conn.execute(ddl)
        conn.execute("VACUUM ANALYZE")
        conn.execute("CHECKPOINT")


def _drop_indexes(conn: psycopg.Connection[Any], table: str) -> Iterator[bytes]:
    """Drop those that no foreign key needs; tells what makes them again."""
    for index, ddl, constraint, definition in conn.execute(_INDEXES, (table,)).fetchall():
        if constraint:
            conn.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}".encode())
            yield f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}".encode()
        else:
            conn.execute(f"DROP INDEX {index}".encode())
            yield ddl.encode()
