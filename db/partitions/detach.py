"""Takes a partition out of its table while others read and write: no session waits for a reader but this one.

DETACH … CONCURRENTLY has two parts. After the first one the detaching is pending: the rows are not seen any more, and
no other partition can be detached until this one is; FINALIZE is the second part, by any session. A transaction that
has seen the table holds the second part up for as long as it is open, and no other session. It cannot be used where
there is a DEFAULT partition, and a pooler lends no session to set its patience in: there a plain DETACH is
tried in brief locks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.db.partitions.catalog import catalog_partitions, quoted, run
from bellwork.db.partitions.locks import impatient, in_brief_locks, insist
from bellwork.db.settings import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.partitions.catalog import CatalogPartition
    from bellwork.db.partitions.registry import Partition
    from bellwork.db.vocabulary import PartitionedTable

_FOREIGN_KEYS = text(
    "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(:child) AND contype = 'f' AND conparentid = 0"
)


def finalize_pending(table: PartitionedTable) -> None:
    """Bring a detaching that was begun by any session to its end; raises StillBusyError after a minute."""
    while pending := next((each for each in _in_catalog(table) if each.is_pending), None):
        reach("partition_finalize", pending.name)
        _finalize(table, pending)


def detach(table: PartitionedTable, partition: Partition) -> None:
    """Take a partition out of its table, and its foreign keys off it, so that no row of it changes any more.

    What was done before is not done again. Raises StillBusyError where open transactions held it up for a minute.
    """
    finalize_pending(table)
    found = next((each for each in _in_catalog(table) if each.qualified == partition.qualified), None)
    if found:
        reach("partition_detach", partition.name)
        _detach(table, found)
    finalize_pending(table)
    in_brief_locks(lambda conn: _set_free(conn, partition), f"detaching {partition.name}")


def _in_catalog(table: PartitionedTable) -> list[CatalogPartition]:
    with transaction() as conn:
        return catalog_partitions(conn, table)


def _detach(table: PartitionedTable, found: CatalogPartition) -> None:
    statement = f"ALTER TABLE {table.qualified} DETACH PARTITION {found.qualified}"
    if settings().pooler == "transaction" or any(each.is_default for each in _in_catalog(table)):
        in_brief_locks(lambda conn: run(conn, statement), f"detaching {found.name}")
        return
    insist(lambda: _begin(table, found, statement), f"detaching {found.name}")


def _begin(table: PartitionedTable, found: CatalogPartition, statement: str) -> None:
    """Begin the detaching, unless a try before this one has: then only its end is missing."""
    if any(each.qualified == found.qualified and not each.is_pending for each in _in_catalog(table)):
        with impatient() as conn:
            run(conn, f"{statement} CONCURRENTLY")


def _finalize(table: PartitionedTable, pending: CatalogPartition) -> None:
    statement = f"ALTER TABLE {table.qualified} DETACH PARTITION {pending.qualified} FINALIZE"

    def once() -> None:
        if any(each.qualified == pending.qualified for each in _in_catalog(table)):
            with impatient() as conn:
                run(conn, statement)

    insist(once, f"detaching {pending.name}")


def _set_free(conn: Connection, partition: Partition) -> None:
    """Drop the foreign keys: a user who is deleted would change the rows, and a drop would lock the users."""
    for name in conn.execute(_FOREIGN_KEYS, {"child": partition.qualified}).scalars().all():
        run(conn, f"ALTER TABLE {partition.qualified} DROP CONSTRAINT {quoted(name)}")
