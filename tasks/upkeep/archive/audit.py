"""Reads any number of archives back, for whoever wants to know whether they can still be relied on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import ProviderFailure
from bellwork.tasks.upkeep.archive.bring_back import try_out
from bellwork.tasks.upkeep.archive.examine import examine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.partitions import Partition
    from bellwork.db.vocabulary import PartitionedTable


def audit(archives: Sequence[tuple[PartitionedTable, Partition]], *, drill: bool = False) -> dict[str, str | None]:
    """Examine archives, and with `drill` put each back as a trial; returns for each None, or what is wrong with it."""
    return {f"{table.system}.{partition.name}": _wrong(table, partition, drill=drill) for table, partition in archives}


def _wrong(table: PartitionedTable, partition: Partition, *, drill: bool) -> str | None:
    try:
        examine(partition)
        if drill:
            try_out(table, partition)
    except ProviderFailure as error:
        return str(error)
    return None
