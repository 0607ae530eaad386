"""Brings the registry in line with PostgreSQL's catalogue, which decides which partitions there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bellwork.db.partitions.catalog import catalog_partitions
from bellwork.db.partitions.registry import partitions

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.partitions.catalog import CatalogPartition
    from bellwork.db.partitions.registry import Partition
    from bellwork.db.vocabulary import PartitionedTable

_FOUND = """(SELECT u.*, CAST(:leaves_by AS text) AS leaves_by
      FROM unnest(CAST(:names AS text[]), CAST(:namespaces AS text[]), CAST(:starts AS timestamptz[]),
                  CAST(:ends AS timestamptz[])) AS u(name, namespace, starts, ends)) s"""
# A dropped partition that stands again was put there by hand; one that was dropped just now may have been seen before.
_HAS_CHANGED = """(p.state = 'dropped' AND p.at < now() - interval '1 hour')
   OR (p.state = 'attached' AND (p.starts, p.ends, p.namespace, p.leaves_by)
       IS DISTINCT FROM ({new}.starts, {new}.ends, {new}.namespace, {new}.leaves_by))"""
_SYNC = text(f"""
INSERT INTO bellwork.partitions AS p (parent, name, namespace, starts, ends, leaves_by)
SELECT :parent, s.name, s.namespace, s.starts, s.ends, s.leaves_by FROM {_FOUND}
ON CONFLICT (parent, name) DO UPDATE
SET state = 'attached', namespace = excluded.namespace, starts = excluded.starts, ends = excluded.ends,
    leaves_by = excluded.leaves_by, at = now()
WHERE {_HAS_CHANGED.format(new="excluded")}
""")  # noqa: S608 - our own constants
# The registry as that statement would leave it.
_SYNCED = f"""
SELECT r.* FROM bellwork.partitions p LEFT JOIN {_FOUND} ON s.name = p.name, LATERAL jsonb_populate_record(p, CASE
    WHEN s.name IS NOT NULL AND ({_HAS_CHANGED.format(new="s")}) THEN jsonb_build_object(
        'state', 'attached', 'namespace', s.namespace, 'starts', s.starts, 'ends', s.ends, 'leaves_by', s.leaves_by,
        'at', now()) ELSE '{{}}' END) r
WHERE p.parent = :parent
UNION ALL
SELECT r.* FROM {_FOUND}, LATERAL jsonb_populate_record(CAST(NULL AS bellwork.partitions), jsonb_build_object(
    'parent', CAST(:parent AS text), 'name', s.name, 'state', 'attached', 'namespace', s.namespace, 'starts', s.starts,
    'ends', s.ends, 'leaves_by', s.leaves_by, 'take', 1, 'at', now())) r
WHERE NOT EXISTS (SELECT FROM bellwork.partitions p WHERE p.parent = :parent AND p.name = s.name)
"""  # noqa: S608 - our own constants


def sync_registry(conn: Connection, table: PartitionedTable) -> None:
    """Bring the registry in line with the catalogue: every partition there has a row with its range."""
    conn.execute(_SYNC, _standing(table, catalog_partitions(conn, table)))


def expected(
    conn: Connection, table: PartitionedTable, catalog: list[CatalogPartition] | None = None
) -> list[Partition]:
    """List what the registry will hold after the next rotation; nothing is written, and a standby says it, too.

    `catalog`: the table's partitions in the catalogue, where the caller has them already.
    """
    stands = catalog_partitions(conn, table) if catalog is None else catalog
    return partitions(conn, table, _SYNCED, _standing(table, stands))


def _standing(table: PartitionedTable, catalog: list[CatalogPartition]) -> dict[str, Any]:
    found = [each for each in catalog if not each.is_default and not each.is_pending]
    lists = {f"{name}s": [getattr(each, name) for each in found] for name in ("name", "namespace")}
    ranges = {name: [getattr(each, name) for each in found] for name in ("starts", "ends")}
    return {"parent": table.name, "leaves_by": table.then, **lists, **ranges}
