"""Puts the rows of a dropped partition back: into a table of its old name, and that into its place where it is free."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.partitions.catalog import exists, quoted, run
from bellwork.db.partitions.export import all_or_closed, rows_of, types_of
from bellwork.db.partitions.hold import hold
from bellwork.db.partitions.locks import take_your_time
from bellwork.db.partitions.owner import give_to_owner
from bellwork.db.partitions.registry import move
from bellwork.db.partitions.states import PartitionState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from bellwork.db.partitions.export import Copied
    from bellwork.db.partitions.registry import Partition
    from bellwork.db.vocabulary import PartitionedTable

_TRIAL = "archive_on_trial"


class CannotRestoreError(RuntimeError):
    """A partition cannot be put back as things are; the message says what is in the way."""


@contextmanager
def refilled(
    table: PartitionedTable, partition: Partition, rows: tuple[list[str], Iterable[bytes]], held: tuple[str, str]
) -> Iterator[Copied]:
    """Fill a new table with rows (their columns, and CSV without a header) and hand out what it holds.

    It is committed, with its step in the registry and a hold (who, why), if the block ends well; else it never was.
    Columns that the partitioned table does not have any more are kept as text. Raises CannotRestoreError where the
    partition is not dropped, or a table of its name is in the way.
    """
    columns, chunks = rows
    with transaction() as conn, all_or_closed(conn):
        take_your_time(conn)
        if not move(conn, partition, PartitionState.DETACHED, take=partition.take + 1):
            raise CannotRestoreError(f"{partition.name} is not dropped any more: somebody else has begun to restore it")
        hold(conn, table, partition.name, *held)
        _create(conn, table, partition, columns)
        _fill(conn, partition, columns, chunks)
        give_to_owner(conn, table, partition.qualified)
        yield rows_of(conn, table, partition.qualified, columns)


@contextmanager
def trial(table: PartitionedTable, rows: tuple[list[str], Iterable[bytes]]) -> Iterator[Copied]:
    """Fill a temporary table with rows, and hand out what it holds; after the block it is gone."""
    columns, chunks = rows
    with transaction() as conn, all_or_closed(conn):
        take_your_time(conn)
        run(conn, f"CREATE TEMPORARY TABLE {_TRIAL} (LIKE {table.qualified}) ON COMMIT DROP")
        _add_missing(conn, f"pg_temp.{_TRIAL}", columns)
        _copy(conn, f"pg_temp.{_TRIAL}", columns, chunks)
        yield rows_of(conn, table, f"pg_temp.{_TRIAL}", columns)


def _create(conn: Connection, table: PartitionedTable, partition: Partition, columns: list[str]) -> None:
    child = partition.qualified
    if exists(conn, child):
        raise CannotRestoreError(f"there is a table {child} already; rename or drop it first")
    run(conn, f"CREATE TABLE {child} (LIKE {table.qualified} INCLUDING ALL EXCLUDING COMMENTS)")
    _add_missing(conn, child, columns)


def _add_missing(conn: Connection, child: str, columns: list[str]) -> None:
    for name in columns:
        if name not in types_of(conn, child):
            run(conn, f"ALTER TABLE {child} ADD COLUMN {quoted(name)} text")


def _fill(conn: Connection, partition: Partition, columns: list[str], chunks: Iterable[bytes]) -> None:
    _copy(conn, partition.qualified, columns, chunks)
    run(conn, f"ANALYZE {partition.qualified}")


def _copy(conn: Connection, child: str, columns: list[str], chunks: Iterable[bytes]) -> None:
    listed = ", ".join(quoted(name) for name in columns)
    statement = f"COPY {child} ({listed}) FROM STDIN (FORMAT csv)"
    with psycopg_of(conn).cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for chunk in chunks:
            copy.write(chunk)
