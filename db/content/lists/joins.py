"""Plans for rows of which PostgreSQL has no statistics: they were copied a moment ago, or are being written."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, CursorResult


def execute_by_hash(conn: Connection, statement: str, asked: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
    """Execute a statement that joins a list's rows, without nested loops wherever there is another way.

    Without statistics PostgreSQL expects a handful of rows, and would compare each with each: of 10,000 people with
    10,000 enrollments that took minutes. What has to be looked up for each row, whose only way is a loop, stands in
    LATERAL or EXISTS in these statements, so that nothing else is joined anew for each row along with it.
    """
    conn.exec_driver_sql("SET LOCAL enable_nestloop = off")
    found = conn.execute(sql(statement), dict(asked))
    conn.exec_driver_sql("SET LOCAL enable_nestloop TO DEFAULT")
    return found


@contextmanager
def checking_by_index(conn: Connection) -> Iterator[None]:
    """Look up what rows refer to by an index inside, however few rows the tables had before.

    PostgreSQL plans the check of a foreign key once for a connection. Planned while `users` has a few rows, the check
    reads the whole table for each row, also when a list has made 10,000 more.
    """
    conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
    yield
    conn.exec_driver_sql("SET LOCAL enable_seqscan TO DEFAULT")
