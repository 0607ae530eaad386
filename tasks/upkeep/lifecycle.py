"""The lifecycle of a partition, step by step; a rotation that was cut off goes on from the last step in the registry.

attached → detaching → detached → exported → verified → dropped      a table whose partitions are archived
attached → detaching → detached → dropped                            a table whose partitions are only dropped

Each step compares the row's state and sets it, so two rotations at once do no harm: one of them does the step.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.db.partitions import ChangedSinceError, PartitionState, detach, drop, move, read
from bellwork.tasks.providers.errors import MissingObjectError
from bellwork.tasks.upkeep.archive.deposit import deposit
from bellwork.tasks.upkeep.archive.errors import ArchiveError, need_archive
from bellwork.tasks.upkeep.archive.examine import examine

if TYPE_CHECKING:
    from bellwork.db.partitions import Partition
    from bellwork.db.vocabulary import PartitionedTable

#: An examination that is older is repeated before its partition is dropped.
BELIEVED = timedelta(minutes=10)
_S = PartitionState


def advance(table: PartitionedTable, partition: Partition) -> Partition | None:
    """Take a partition one step further; return it as it is then, or None where it goes no further now.

    Raises whatever stops it.
    """
    _STEPS[PartitionState(partition.state)](table, partition)
    with transaction() as conn:
        after = read(conn, table, partition.name)
    return after if after and after.is_leaving and after.state != partition.state else None


def _begin(table: PartitionedTable, partition: Partition) -> None:
    if table.then == "archive":
        need_archive()
    with transaction() as conn:
        move(conn, partition, _S.DETACHING)


def _detach(table: PartitionedTable, partition: Partition) -> None:
    detach(table, partition)
    with transaction() as conn:
        move(conn, partition, _S.DETACHED)


def _export(table: PartitionedTable, partition: Partition) -> None:
    if partition.leaves_by == "drop":
        drop(table, partition)
        return
    evidence = deposit(table, partition)
    with transaction() as conn:
        move(conn, partition, _S.EXPORTED, **evidence)


def _verify(table: PartitionedTable, partition: Partition) -> None:
    del table
    _examine(partition)
    reach("partition_mark", partition.name)
    with transaction() as conn:
        move(conn, partition, _S.VERIFIED)


def _drop(table: PartitionedTable, partition: Partition) -> None:
    if partition.verified_at is None or partition.seen_at - partition.verified_at > BELIEVED:
        _examine(partition)
    try:
        drop(table, partition)
    except ChangedSinceError:
        _reject(partition)
        raise


def _examine(partition: Partition) -> None:
    try:
        examine(partition)
    except (ArchiveError, MissingObjectError):
        _reject(partition)
        raise


def _reject(partition: Partition) -> None:
    """Have a partition exported again, under another key; this archive is not relied on any more."""
    with transaction() as conn:
        move(conn, partition, _S.DETACHED, take=partition.take + 1)


_STEPS = {
    _S.ATTACHED: _begin,
    _S.DETACHING: _detach,
    _S.DETACHED: _export,
    _S.EXPORTED: _verify,
    _S.VERIFIED: _drop,
}
