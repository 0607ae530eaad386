"""How the partitions of a table stand, in words and as data."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bellwork.ops import words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bellwork.db.partitions import Partition
    from bellwork.db.vocabulary import PartitionedTable

_INTERNAL = ("namespace", "take", "digest", "due_at", "seen_at", "leaves_by")


def as_data(partition: Partition) -> dict[str, Any]:
    """Return a partition as plain data."""
    data = {name: value for name, value in asdict(partition).items() if name not in _INTERNAL}
    return {**data, "leaves_at": partition.due_at, "leaves_by": partition.leaves_by}


def tables(found: Mapping[PartitionedTable, tuple[list[Partition], int | None]]) -> dict[str, Any]:
    """Return tables, each with its partitions and how far they reach: the document of `partitions list --json`."""
    data = [
        {"table": table.name, "ahead": ahead, "partitions": [as_data(row) for row in rows]}
        for table, (rows, ahead) in found.items()
    ]
    return {"tables": data}


def remark(partition: Partition) -> str:
    """Say what there is to say about a partition: who holds it, what stopped it, where its archive is."""
    said = []
    if partition.held_by:
        said.append(f"held by {partition.held_by}: {partition.held_why}")
    if partition.error:
        said.append(f"stopped {words.moment(partition.failed_at)}: {partition.error}")
    if partition.state == "dropped":
        said.append(f"archived in {partition.url}" if partition.url else "not archived, as declared")
    return "; ".join(said)


def rule(table: PartitionedTable) -> str:
    """Say by what a table is partitioned, how long it is kept, and what comes then."""
    if table.kept is None:
        return f"by the {table.step}, kept for ever"
    then = "archived and dropped" if table.then == "archive" else "dropped"
    return f"by the {table.step}, kept for {words.plural(table.kept, table.step)}, then {then}"


def reach(table: PartitionedTable, ahead: int | None) -> str:
    """Say how far ahead of today partitions stand."""
    if ahead is None:
        return f"not partitioned here; `bellwork partitions convert {table.name}` changes that"
    if ahead < 0:
        return "there is none for now: writes fail"
    return f"{words.plural(ahead, table.step)} ahead"


def day(at: datetime | None) -> str:
    """Return a partition's bound; one without is open."""
    return f"{at:%Y-%m-%d}" if at else "open"
