"""The partitions that PostgreSQL's own catalogue shows, whatever made them and whatever the registry says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, CursorResult

    from bellwork.db.vocabulary import PartitionedTable

# MINVALUE and MAXVALUE have no quotes, so they match nothing: the range is open on that side.
_CATALOG = text(r"""
SELECT c.relname AS name, n.nspname AS namespace, b.bounds = 'DEFAULT' AS is_default, i.inhdetachpending AS is_pending,
       CAST((regexp_match(b.bounds, 'FROM \(''([^'']+)''\)'))[1] AS timestamptz) AS starts,
       CAST((regexp_match(b.bounds, 'TO \(''([^'']+)''\)'))[1] AS timestamptz) AS ends
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
     LATERAL (SELECT pg_get_expr(c.relpartbound, c.oid)) b(bounds)
WHERE i.inhparent = to_regclass(:parent)
ORDER BY starts NULLS FIRST
""")
_IS_PARTITIONED = text("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(:parent)")
_EXISTS = text("SELECT to_regclass(:child) IS NOT NULL")


@dataclass(frozen=True)
class CatalogPartition:
    """A partition in the catalogue; a side of its range that is None is open."""

    name: str
    namespace: str
    is_default: bool
    is_pending: bool
    starts: datetime | None
    ends: datetime | None

    @property
    def qualified(self) -> str:
        """The partition's quoted name, with its schema."""
        return qualified(self.namespace, self.name)


def qualified(namespace: str, name: str) -> str:
    """Return a table's quoted name, with its schema."""
    return f"{quoted(namespace)}.{quoted(name)}"


def quoted(name: str) -> str:
    """Return a name as SQL takes it, whatever is in it."""
    return '"{}"'.format(name.replace('"', '""'))


def run(conn: Connection, statement: str) -> CursorResult[Any]:
    """Execute a statement with names in it: a percent sign there is no place of a parameter."""
    return conn.exec_driver_sql(statement.replace("%", "%%"))


def is_partitioned(conn: Connection, table: PartitionedTable) -> bool:
    """Tell whether the table is there and partitioned: an adopted one may be neither."""
    return bool(conn.execute(_IS_PARTITIONED, {"parent": table.qualified}).scalar())


def exists(conn: Connection, child: str) -> bool:
    """Tell whether a table of this quoted name is there, attached or not."""
    return bool(conn.execute(_EXISTS, {"child": child}).scalar_one())


def catalog_partitions(conn: Connection, table: PartitionedTable) -> list[CatalogPartition]:
    """List the partitions of a table in the order of their ranges, one whose detaching is pending included."""
    return [CatalogPartition(**row) for row in conn.execute(_CATALOG, {"parent": table.qualified}).mappings()]
