"""Legal hold: a held partition goes no step nearer to its drop until it is released."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.vocabulary import PartitionedTable

_HOLD = text("""
UPDATE bellwork.partitions SET held_by = :who, held_why = :why, held_at = now()
WHERE parent = :parent AND name = :name AND held_by IS NULL
""")
_RELEASE = text("""
UPDATE bellwork.partitions SET held_by = NULL, held_why = NULL, held_at = NULL
WHERE parent = :parent AND name = :name AND held_by IS NOT NULL
""")


def hold(conn: Connection, table: PartitionedTable, name: str, who: str, why: str) -> bool:
    """Hold a partition, with who and why; False where it is held already or not in the registry."""
    asked = {"parent": table.name, "name": name, "who": who, "why": why}
    return conn.execute(_HOLD, asked).rowcount == 1


def release(conn: Connection, table: PartitionedTable, name: str) -> bool:
    """Release a held partition; False where it is not held."""
    return conn.execute(_RELEASE, {"parent": table.name, "name": name}).rowcount == 1
