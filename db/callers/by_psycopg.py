"""Asks a psycopg connection, by a cursor of our own: what rows the caller's cursors make does not matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import AsyncCursor, Cursor
from psycopg.rows import tuple_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import AsyncConnection, Connection

    from bellwork.db.callers.statements import Statement


def fetch(connection: Connection[Any], statement: Statement, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Execute it in the connection's transaction."""
    cursor = Cursor(connection, row_factory=tuple_row)
    return cursor.execute(statement.formatted, values).fetchall()


async def fetch_async(
    connection: AsyncConnection[Any], statement: Statement, values: Sequence[Any]
) -> list[tuple[Any, ...]]:
    """Execute it in the connection's transaction."""
    cursor = AsyncCursor(connection, row_factory=tuple_row)
    return await (await cursor.execute(statement.formatted, values)).fetchall()
