"""Drops a partition that has left its table, and only where the registry proves that nothing is lost by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.failpoints import reach
from bellwork.db.partitions.catalog import run
from bellwork.db.partitions.export import count
from bellwork.db.partitions.locks import in_brief_locks, take_your_time
from bellwork.db.partitions.registry import move
from bellwork.db.partitions.states import PartitionState

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.partitions.registry import Partition
    from bellwork.db.vocabulary import PartitionedTable

_ATTACHED = text("SELECT relispartition FROM pg_class WHERE oid = to_regclass(:child)")


class ChangedSinceError(RuntimeError):
    """A detached partition holds other rows than its archive: it was written to."""


def drop(table: PartitionedTable, partition: Partition) -> bool:
    """Drop a partition in one transaction with its row's last step; False where it is not where it was seen, or held.

    Before an archived one goes it is locked, and its rows are counted once more: raises ChangedSinceError where they
    are not those of the archive, and StillBusyError where it was read without a pause for a minute.
    """
    done = False

    def once(conn: Connection) -> None:
        nonlocal done
        take_your_time(conn)
        done = move(conn, partition, PartitionState.DROPPED)
        if done:
            _drop(conn, table, partition)

    in_brief_locks(once, f"dropping {partition.name}")
    return done


def _drop(conn: Connection, table: PartitionedTable, partition: Partition) -> None:
    attached = conn.execute(_ATTACHED, {"child": partition.qualified}).scalar()
    if attached is None:
        return  # another transaction has dropped it
    if attached:
        raise ChangedSinceError(f"{partition.qualified} belongs to a table again, so it is not dropped")
    run(conn, f"LOCK TABLE {partition.qualified} IN ACCESS EXCLUSIVE MODE")
    if partition.state == PartitionState.VERIFIED:
        _compare(conn, table, partition)
    run(conn, f"DROP TABLE {partition.qualified}")
    reach("partition_drop", partition.name)


def _compare(conn: Connection, table: PartitionedTable, partition: Partition) -> None:
    found, archived = count(conn, table, partition.qualified), (partition.rows, partition.min_id, partition.max_id)
    if found != archived:
        raise ChangedSinceError(
            f"{partition.qualified} holds {found[0]:,} rows ({table.key} {found[1]} to {found[2]}), its archive"
            f" {archived[0]:,} ({table.key} {archived[1]} to {archived[2]}): it was written to after it was detached"
        )
