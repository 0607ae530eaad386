"""Hold a partition and release it, by a command or by a page: what is done, and the act that tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db import partitions as registry
from bellwork.db.ledger import record_act
from bellwork.db.systems import partitioned

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy
    from bellwork.db.partitions import Partition
    from bellwork.db.vocabulary import PartitionedTable


def find_partition(conn: Connection, name: str) -> tuple[PartitionedTable, Partition] | None:
    """Find a partition by its system and name, for instance 'content.audit_logs_2019_01'; None where there is none."""
    system, _, own = name.partition(".")
    for table in partitioned():
        for partition in registry.expected(conn, table) if table.system == system else ():
            if partition.name == own:
                return table, partition
    return None


def hold_partition(conn: Connection, table: PartitionedTable, name: str, by: ChangedBy) -> bool:
    """Keep a partition from leaving until it is released; False where it is held already, and nothing is changed."""
    registry.sync_registry(conn, table)
    changed = registry.hold(conn, table, name, by.who, by.why)
    if changed:
        kept = {"held_by": by.who, "held_why": by.why}
        record_act(conn, by, "partitions hold", f"partition {table.system}.{name}", {}, kept)
    return changed


def release_partition(conn: Connection, table: PartitionedTable, name: str, by: ChangedBy) -> bool:
    """Let a held partition go the way of the others; False where it is not held, and nothing is changed."""
    held = registry.read(conn, table, name)
    changed = registry.release(conn, table, name)
    if changed and held:
        kept = {"held_by": held.held_by, "held_why": held.held_why, "held_at": held.held_at}
        record_act(conn, by, "partitions release", f"partition {table.system}.{name}", kept)
    return changed
