"""Hands out the rows of a partition as PostgreSQL copies them: one snapshot, in order, a row at a time."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from select import POLLIN, poll
from typing import TYPE_CHECKING, Any

from psycopg import OperationalError as DriverOperationalError
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import text

from bellwork.db.engine import engine, psycopg_of
from bellwork.db.partitions.catalog import quoted, run
from bellwork.db.partitions.locks import take_your_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection as Psycopg
    from sqlalchemy import Connection

    from bellwork.db.vocabulary import PartitionedTable

#: What the texts of values depend on; a session of the team's may have others.
_TEXTS = ("SET LOCAL datestyle = 'ISO'", "SET LOCAL timezone = 'UTC'", "SET LOCAL intervalstyle = 'iso_8601'")
# After the last row the caller brings its file to the disk, which may take longer than a session may be idle.
_STAND_STILL = text("SET LOCAL idle_in_transaction_session_timeout = '10min'")
# A generated column is computed again when its row comes back.
_COLUMNS = text("""
SELECT attname, format_type(atttypid, atttypmod) AS kind FROM pg_attribute
WHERE attrelid = to_regclass(:child) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
""")
_INSTANT = "timestamp with time zone"
# What other programs take for an instant; PostgreSQL's reach from 4713 BC to 294276, and to infinity both ways.
_WITHIN = "BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'"


@dataclass(frozen=True)
class Copied:
    """The rows of a partition: PostgreSQL's type of each column, how many there are, and CSV with a header.

    The type of a column with instants that no other program has ends in "as text".
    """

    types: dict[str, str]
    rows: int
    min_id: int | None
    max_id: int | None
    chunks: Iterator[bytes]


@contextmanager
def copied(table: PartitionedTable, child: str) -> Iterator[Copied]:
    """Open a snapshot of a table by its quoted name; the rows are fetched as they are asked for.

    Raises LookupError where there is no such table.
    """
    with engine().connect() as found:
        conn = found.execution_options(isolation_level="REPEATABLE READ")
        with conn.begin(), all_or_closed(conn):
            take_your_time(conn)
            conn.execute(_STAND_STILL)
            yield rows_of(conn, table, child)


@contextmanager
def all_or_closed(conn: Connection) -> Iterator[None]:
    """Give up a connection whose copying is broken off by an error: nothing else can be said on it any more."""
    try:
        yield
    except BaseException:
        if psycopg_of(conn).info.transaction_status == TransactionStatus.ACTIVE:
            conn.invalidate()
        raise


def rows_of(conn: Connection, table: PartitionedTable, child: str, columns: list[str] | None = None) -> Copied:
    """Copy the rows of a table in the caller's transaction; they are to be fetched before its next statement.

    `columns` are some of its columns, in another order; without them it is all that are stored.
    """
    types = types_of(conn, child)
    types = {name: types[name] for name in columns or types}
    for setting in _TEXTS:
        conn.execute(text(setting))
    instants = [name for name, kind in types.items() if kind == _INSTANT]
    rows, least, greatest, beyond = _count(conn, table, child, instants)
    types |= {name: f"{_INSTANT}, as text" for name, is_beyond in zip(instants, beyond, strict=True) if is_beyond}
    return Copied(types, rows, least, greatest, _chunks(psycopg_of(conn), _statement(table, child, types)))


def types_of(conn: Connection, child: str) -> dict[str, str]:
    """Return PostgreSQL's type of each column of a table that is stored; raises LookupError where it is missing."""
    types = {row.attname: row.kind for row in conn.execute(_COLUMNS, {"child": child})}
    if not types:
        raise LookupError(f"there is no table {child}, so nothing of it can be copied")
    return types


def count(conn: Connection, table: PartitionedTable, child: str) -> tuple[int, int | None, int | None]:
    """Return how many rows a table has, and the least and greatest key where that is a whole number."""
    return _count(conn, table, child, [])[:3]


def _count(
    conn: Connection, table: PartitionedTable, child: str, instants: list[str]
) -> tuple[int, int | None, int | None, list[bool]]:
    """Return what count() does, and of each of these columns whether it holds what no other program has."""
    whole = types_of(conn, child).get(table.key) in {"smallint", "integer", "bigint"}
    ends = [f"{each}({quoted(table.key)})" if whole else "NULL" for each in ("min", "max")]
    beyond = ", ".join(f"coalesce(bool_or({quoted(name)} NOT {_WITHIN}), false)" for name in instants)
    found = run(conn, f"SELECT count(*), {', '.join(ends)}, ARRAY[{beyond}]::bool[] FROM {child}").one()  # noqa: S608 - quoted
    return tuple(found)


def _statement(table: PartitionedTable, child: str, types: dict[str, str]) -> bytes:
    columns = ", ".join(quoted(name) for name in types)
    order = f" ORDER BY {quoted(table.key)}" if table.key in types else ""
    rows = f"SELECT {columns} FROM {child}{order}"  # noqa: S608 - quoted names
    return f"COPY ({rows}) TO STDOUT (FORMAT csv, HEADER)".encode()


def _chunks(driver: Psycopg[Any], statement: bytes) -> Iterator[bytes]:
    """Fetch a row at a time straight from libpq: psycopg's own loop costs four times as much for each."""
    pgconn = driver.pgconn
    begun = pgconn.exec_(statement)
    if begun.status != ExecStatus.COPY_OUT:
        raise error_from_result(begun, encoding=driver.info.encoding)
    readable = poll()
    readable.register(pgconn.socket, POLLIN)
    while True:
        size, row = pgconn.get_copy_data(1)
        if size > 0:
            yield bytes(row)
        elif size == 0:
            readable.poll()
            pgconn.consume_input()
        else:
            break
    _end(driver)


def _end(driver: Psycopg[Any]) -> None:
    """Take the result of a copy that has ended; raises what PostgreSQL says if it broke off."""
    while result := driver.pgconn.get_result():
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result, encoding=driver.info.encoding)
    if driver.closed:
        raise DriverOperationalError("the connection was lost while rows were copied")
