"""Puts a detached table back into its place as a partition, without a lock that is waited for while rows are checked.

Foreign keys and the range are checked before, in locks that let others read and write; the attaching itself then
looks at no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.errors import ForeignKeyViolation
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from bellwork.db.engine import transaction
from bellwork.db.partitions.catalog import catalog_partitions, quoted, run
from bellwork.db.partitions.locks import in_brief_locks, take_your_time
from bellwork.db.partitions.registry import move
from bellwork.db.partitions.restore import CannotRestoreError
from bellwork.db.partitions.states import PartitionState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.partitions.registry import Partition
    from bellwork.db.vocabulary import PartitionedTable

RANGE = "range_of_partition"
_LACKING = text("""
SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint p
WHERE conrelid = to_regclass(:parent) AND contype = 'f' AND conparentid = 0
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = to_regclass(:child) AND c.contype = 'f'
                  AND c.convalidated AND c.conname = p.conname)
""")
_HAS = text("SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(:child) AND conname = :name)")


def attach(table: PartitionedTable, partition: Partition) -> None:
    """Attach a detached partition again, and record it in the registry.

    Raises CannotRestoreError where it cannot be (its range is taken, its rows refer to what is gone, its columns are
    others): it stays beside the table then, as it is. Raises StillBusyError where tables were locked for a minute.
    """
    _require_room(table, partition)
    _add_range(table, partition)
    _add_foreign_keys(table, partition)
    try:
        in_brief_locks(lambda conn: _attach(conn, table, partition), f"attaching {partition.name}")
    except ProgrammingError as error:
        raise CannotRestoreError(f"{partition.qualified} stays beside {table.name}: {_line(error)}") from error


def _require_room(table: PartitionedTable, partition: Partition) -> None:
    with transaction() as conn:
        taken = [each.name for each in catalog_partitions(conn, table) if _overlap(partition, each.starts, each.ends)]
    if taken:
        raise CannotRestoreError(f"{partition.qualified} stays beside {table.name}: {taken[0]} stands in its range")


def _overlap(partition: Partition, starts: datetime | None, ends: datetime | None) -> bool:
    before = ends is not None and partition.starts is not None and ends <= partition.starts
    after = starts is not None and partition.ends is not None and starts >= partition.ends
    return not (before or after)


def _add_range(table: PartitionedTable, partition: Partition) -> None:
    column = quoted(table.column)
    sides = [f"{column} IS NOT NULL"]
    sides += [f"{column} >= '{partition.starts.isoformat()}'"] if partition.starts else []
    sides += [f"{column} < '{partition.ends.isoformat()}'"] if partition.ends else []
    with transaction() as conn:
        take_your_time(conn)
        if not conn.execute(_HAS, {"child": partition.qualified, "name": RANGE}).scalar_one():
            run(conn, f"ALTER TABLE {partition.qualified} ADD CONSTRAINT {RANGE} CHECK ({' AND '.join(sides)})")


def _add_foreign_keys(table: PartitionedTable, partition: Partition) -> None:
    names = {"parent": table.qualified, "child": partition.qualified}
    with transaction() as conn:
        lacking = conn.execute(_LACKING, names).all()
    for key in lacking:
        _add_foreign_key(table, partition, key.conname, key.definition)


def _add_foreign_key(table: PartitionedTable, partition: Partition, name: str, definition: str) -> None:
    drop = f"ALTER TABLE {partition.qualified} DROP CONSTRAINT IF EXISTS {quoted(name)}"
    add = f"ALTER TABLE {partition.qualified} ADD CONSTRAINT {quoted(name)} {definition} NOT VALID"

    def once(conn: Connection) -> None:
        run(conn, drop)
        run(conn, add)

    in_brief_locks(once, f"attaching {partition.name}")
    try:
        with transaction() as conn:
            take_your_time(conn)
            run(conn, f"ALTER TABLE {partition.qualified} VALIDATE CONSTRAINT {quoted(name)}")
    except IntegrityError as error:
        in_brief_locks(lambda conn: run(conn, drop), f"attaching {partition.name}")
        if not isinstance(error.orig, ForeignKeyViolation):
            raise
        raise CannotRestoreError(
            f"{partition.qualified} stays beside {table.name}: it refers to rows that are gone ({_line(error)})"
        ) from error


def _attach(conn: Connection, table: PartitionedTable, partition: Partition) -> None:
    lower = f"'{partition.starts.isoformat()}'" if partition.starts else "MINVALUE"
    upper = f"'{partition.ends.isoformat()}'" if partition.ends else "MAXVALUE"
    run(
        conn,
        f"ALTER TABLE {table.qualified} ATTACH PARTITION {partition.qualified} FOR VALUES FROM ({lower}) TO ({upper})",
    )
    run(conn, f"ALTER TABLE {partition.qualified} DROP CONSTRAINT {RANGE}")
    if not move(conn, partition, PartitionState.ATTACHED):
        raise CannotRestoreError(f"{partition.name} is not detached any more: somebody else was faster")


def _line(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]
