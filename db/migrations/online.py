"""Indexes on tables that are in use: what holds rows is indexed while others write to it, partition by partition."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.engine import engine
from bellwork.db.settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

_FILLED = text("""
SELECT n.nspname AS schema, c.relname AS name FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE inhparent = to_regclass(:table) AND NOT inhdetachpending AND pg_relation_size(c.oid) > 0
UNION ALL
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass(:table) AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0 ORDER BY name
""")
_STANDS = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")


def create_indexes(conn: Connection, table: str, indexes: Mapping[str, str]) -> None:
    """Create indexes, definitions by name, on a table and its partitions, if it has any; once more is as good as once.

    Partitions that hold rows are indexed CONCURRENTLY, one by one, each named `<partition>_<name>`: writers go on. What
    is left is done in the migration's own transaction, in the time that empty tables take, and takes over what stands.
    Behind a pooler, where no session can be told to take its time, all of it is done there, and writers wait.
    """
    index_filled(conn, table, indexes)
    for name, definition in indexes.items():
        conn.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {name} ON {table} {definition}")


def index_filled(conn: Connection, table: str, indexes: Mapping[str, str], *columns: str) -> None:
    """Index the partitions that hold rows, beside those who write to them; what stands already is left as it is.

    A table without partitions is taken for one. For indexes on new columns, before the migration's own transaction adds
    them: `columns`, their definitions, are added beside that transaction, which would hold the lock that indexing waits
    for. Nothing is done behind a pooler. Raises OperationalError where the table is locked for too long.
    """
    if settings().pooler == "transaction":
        return
    filled = conn.execute(_FILLED, {"table": table}).all()
    # A statement with parameters keeps its snapshot until the next one, and CONCURRENTLY waits for every snapshot.
    conn.exec_driver_sql("SELECT")
    with engine().connect() as found:
        own = found.execution_options(isolation_level="AUTOCOMMIT")
        if columns and filled:
            # Everybody waits behind this one, so it gives up after the usual time, and the migration is tried again.
            added = ", ".join(f"ADD COLUMN IF NOT EXISTS {column}" for column in columns)
            own.exec_driver_sql(f"ALTER TABLE {table} {added}")
        own.exec_driver_sql("SET statement_timeout = 0")
        # It waits for every transaction that is open, a dump's too; no writer waits behind it.
        own.exec_driver_sql("SET lock_timeout = 0")
        try:
            for (schema, part), (name, definition) in product(filled, indexes.items()):
                named = name if table == f"{schema}.{part}" else f"{part}_{name}"
                _index_one(own, f'"{schema}"', f'"{part}"', f'"{named}"', definition)
        finally:
            own.exec_driver_sql("RESET statement_timeout")
            own.exec_driver_sql("RESET lock_timeout")


def _index_one(own: Connection, schema: str, partition: str, name: str, definition: str) -> None:
    valid = own.execute(_STANDS, {"name": f"{schema}.{name}"}).scalar()
    if valid:
        return
    if valid is False:  # begun by somebody who was interrupted
        own.exec_driver_sql(f"DROP INDEX CONCURRENTLY {schema}.{name}")
    own.exec_driver_sql(f"CREATE INDEX CONCURRENTLY {name} ON {schema}.{partition} {definition}")
