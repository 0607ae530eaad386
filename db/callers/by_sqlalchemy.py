"""Asks SQLAlchemy, whatever driver is below: a transaction begins and errors are raised as for any statement."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from bellwork.db.callers.drivers import not_postgresql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import TextClause
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_scoped_session
    from sqlalchemy.orm import Session, scoped_session

    from bellwork.db.callers.statements import Statement


def fetch(
    bind: Session | scoped_session[Any] | Connection, statement: Statement, values: Sequence[Any]
) -> Sequence[Sequence[Any]]:
    """Execute it in the transaction that is open or begins by it; raises TypeError for one to another database."""
    connection = bind if isinstance(bind, Connection) else bind.connection()
    if connection.dialect.name != "postgresql":
        raise not_postgresql(bind, connection.dialect.name)
    named = {f"p{number}": value for number, value in enumerate(values, start=1)}
    return connection.execute(_text(statement.named), named).fetchall()


async def fetch_async(
    bind: AsyncSession | async_scoped_session[Any] | AsyncConnection, statement: Statement, values: Sequence[Any]
) -> Sequence[Sequence[Any]]:
    """Do the same where it has to be awaited."""
    own: Any = bind if hasattr(bind, "run_sync") else bind()
    found: Sequence[Sequence[Any]] = await own.run_sync(fetch, statement, values)
    return found


@lru_cache(maxsize=32)
def _text(statement: str) -> TextClause:
    return text(statement)
