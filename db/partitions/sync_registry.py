"""Brings the registry in line with PostgreSQL's catalogue, which decides which partitions there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.partitions.catalog import catalog_partitions
from bellwork.db.partitions.registry import partitions

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.partitions.registry import Partition
    from bellwork.db.vocabulary import PartitionedTable

# A dropped partition that stands again was put there by hand; one that was dropped just now may have been seen before.
_SYNC = text("""
INSERT INTO bellwork.partitions AS p (parent, name, namespace, starts, ends, leaves_by)
SELECT :parent, s.name, s.namespace, s.starts, s.ends, :leaves_by
FROM unnest(CAST(:names AS text[]), CAST(:namespaces AS text[]), CAST(:starts AS timestamptz[]),
            CAST(:ends AS timestamptz[])) AS s(name, namespace, starts, ends)
ON CONFLICT (parent, name) DO UPDATE
SET state = 'attached', namespace = excluded.namespace, starts = excluded.starts, ends = excluded.ends,
    leaves_by = excluded.leaves_by, at = now()
WHERE (p.state = 'dropped' AND p.at < now() - interval '1 hour')
   OR (p.state = 'attached' AND (p.starts, p.ends, p.namespace, p.leaves_by)
       IS DISTINCT FROM (excluded.starts, excluded.ends, excluded.namespace, excluded.leaves_by))
""")


def sync_registry(conn: Connection, table: PartitionedTable) -> None:
    """Bring the registry in line with the catalogue: every partition there has a row with its range."""
    found = [each for each in catalog_partitions(conn, table) if not each.is_default and not each.is_pending]
    lists = {f"{name}s": [getattr(each, name) for each in found] for name in ("name", "namespace")}
    ranges = {name: [getattr(each, name) for each in found] for name in ("starts", "ends")}
    conn.execute(_SYNC, {"parent": table.name, "leaves_by": table.then, **lists, **ranges})


def expected(conn: Connection, table: PartitionedTable) -> list[Partition]:
    """List what the registry will hold after the next rotation; nothing is written.

    On a server that takes no writes: what it holds since the last one.
    """
    if conn.exec_driver_sql("SHOW transaction_read_only").scalar_one() == "on":
        return partitions(conn, table)
    with conn.begin_nested() as savepoint:
        sync_registry(conn, table)
        found = partitions(conn, table)
        savepoint.rollback()
    return found
