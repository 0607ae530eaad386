"""Asks an asyncpg connection, or what its pool hands out for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.callers.statements import Statement


async def fetch_async(connection: Any, statement: Statement, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
    """Execute it in the connection's transaction."""
    return cast("Sequence[Sequence[Any]]", await connection.fetch(statement.numbered, *values))
