"""Puts a dropped partition back from its archive, row for row, or tries that out without keeping anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy, record_act
from bellwork.db.partitions import CannotRestoreError, PartitionState, attach, read, refilled, restore_tested, trial
from bellwork.tasks.upkeep.archive.deposit import workplace
from bellwork.tasks.upkeep.archive.errors import ArchiveError
from bellwork.tasks.upkeep.archive.examine import check_bytes, check_rows, fetched
from bellwork.tasks.upkeep.archive.parquet import columns_of, rows_in, same_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bellwork.db.partitions import Copied, Partition
    from bellwork.db.vocabulary import PartitionedTable


def bring_back(
    table: PartitionedTable, partition: Partition, who: str, why: str, told: Callable[[int], None] = lambda _: None
) -> str | None:
    """Restore a dropped partition and attach it; it is held, with who and why, until it is released.

    `told` is called with about how many rows are back so far: lines are counted, and a text may hold some.

    Returns None, or in words why it stays beside its table as a table of its own. One that was restored before and
    stayed there is only tried to be attached. Raises CannotRestoreError where nothing was restored, and ArchiveError
    or StorageError where its archive is not what the registry says.
    """
    if partition.state == PartitionState.DROPPED:
        with workplace() as folder:
            _refill(table, partition, _trusted(partition, folder), (who, why), told)
    elif partition.state != PartitionState.DETACHED or not partition.held_by:
        raise CannotRestoreError(f"{partition.name} is {partition.state}; only a dropped partition can be restored")
    with transaction() as conn:
        restored = read(conn, table, partition.name)
    try:
        attach(table, restored or partition)
    except CannotRestoreError as beside:
        return str(beside)
    return None


def try_out(table: PartitionedTable, partition: Partition) -> None:
    """Fetch the archive of a dropped partition, fill a temporary table from it and compare every value.

    Raises ArchiveError or MissingObjectError where it could not be put back any more.
    """
    with workplace() as folder:
        path = _trusted(partition, folder)
        with trial(table, (columns_of(path), rows_in(path))) as found:
            _compare(partition, found)
    with transaction() as conn:
        restore_tested(conn, partition)


def _trusted(partition: Partition, folder: Path) -> Path:
    if not partition.url:
        raise CannotRestoreError(f"{partition.name} was dropped without an archive, as its table is declared")
    path = fetched(partition, folder / "archive.parquet")
    check_bytes(partition, path)
    check_rows(partition, path)
    return path


def _refill(
    table: PartitionedTable, partition: Partition, path: Path, held: tuple[str, str], told: Callable[[int], None]
) -> None:
    with refilled(table, partition, (columns_of(path), _counted(rows_in(path), told)), held) as restored:
        _compare(partition, restored)
        kept = {"rows": partition.rows, "sha256": partition.sha256, "url": partition.url}
        name = f"partition {table.system}.{partition.name}"
        with transaction() as conn:  # the one in which they came back
            record_act(conn, ChangedBy(*held), "partitions restore", name, {"state": partition.state}, kept)


def _counted(chunks: Iterator[bytes], told: Callable[[int], None]) -> Iterator[bytes]:
    rows = 0
    for chunk in chunks:
        yield chunk
        rows += chunk.count(b"\n")
        told(rows)


def _compare(partition: Partition, found: Copied) -> None:
    if (same := same_rows(found.chunks, found.types)).digest != partition.digest or same.rows != partition.rows:
        raise ArchiveError(
            f"{same.rows:,} rows came back of {partition.name}, and they are not the {partition.rows or 0:,} of its"
            " archive; nothing was restored"
        )
