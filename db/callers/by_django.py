"""Asks Django's connection, so that `atomic()` and its savepoints mean what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from bellwork.db.callers.drivers import not_postgresql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.callers.statements import Statement


def fetch(connection: Any, statement: Statement, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
    """Execute it in the connection's transaction; raises TypeError for one to another database."""
    if connection.vendor != "postgresql":
        raise not_postgresql(connection, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(statement.formatted, values)
        return cast("Sequence[Sequence[Any]]", cursor.fetchall())
