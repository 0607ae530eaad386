"""Reads any number of archives back, for whoever wants to know whether they can still be relied on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.providers.errors import ProviderFailure
from tasks.upkeep.archive.bring_back import try_out
from tasks.upkeep.archive.examine import examine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.partitions import Partition, Partitioned


def audit(archives: Sequence[tuple[Partitioned, Partition]], *, drill: bool = False) -> dict[str, str | None]:
    """Examine archives, and with `drill` put each back as a trial; returns for each None, or what is wrong with it."""
    return {
        f"{table.schema_key}.{partition.name}": _wrong(table, partition, drill=drill) for table, partition in archives
    }


def _wrong(table: Partitioned, partition: Partition, *, drill: bool) -> str | None:
    try:
        examine(partition)
        if drill:
            try_out(table, partition)
    except ProviderFailure as error:
        return str(error)
    return None
