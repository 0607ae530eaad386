"""Which connections can be asked, and by which module here; a library is not loaded to find out that it is not used."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.callers.refusals import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bellwork.db.callers.statements import Statement
    from bellwork.db.refusal import Job


class _Driver(NamedTuple):
    """The module that asks such a connection, and whether it has to be awaited."""

    module: str
    is_async: bool = False


#: Classes by name, each with what is derived from it.
_DRIVERS = {
    "sqlalchemy.orm.session.Session": _Driver("by_sqlalchemy"),
    "sqlalchemy.orm.scoping.scoped_session": _Driver("by_sqlalchemy"),
    "sqlalchemy.engine.base.Connection": _Driver("by_sqlalchemy"),
    "sqlalchemy.ext.asyncio.session.AsyncSession": _Driver("by_sqlalchemy", is_async=True),
    "sqlalchemy.ext.asyncio.scoping.async_scoped_session": _Driver("by_sqlalchemy", is_async=True),
    "sqlalchemy.ext.asyncio.engine.AsyncConnection": _Driver("by_sqlalchemy", is_async=True),
    "psycopg.Connection": _Driver("by_psycopg"),
    "psycopg.AsyncConnection": _Driver("by_psycopg", is_async=True),
    "asyncpg.connection.Connection": _Driver("by_asyncpg", is_async=True),
    "asyncpg.pool.PoolConnectionProxy": _Driver("by_asyncpg", is_async=True),
    "django.db.backends.base.base.BaseDatabaseWrapper": _Driver("by_django"),
    "django.utils.connection.ConnectionProxy": _Driver("by_django"),
}
_ACCEPTED = (
    "give a SQLAlchemy Session, Connection, AsyncSession or AsyncConnection, a psycopg Connection or AsyncConnection,"
    " an asyncpg Connection, or Django's connection"
)


def fetch(connection: Any, statement: Statement, *values: Any, about: Sequence[Job] = ()) -> Sequence[Sequence[Any]]:
    """Execute a statement in the connection's own transaction, and return its rows.

    Raises TypeError for what is no connection to PostgreSQL or has to be awaited, RefusedJob where PostgreSQL refuses
    the jobs that it is about, and else what the driver raises.
    """
    ask = _asker(type(connection))  # type: ignore[arg-type] # a class is hashable, also that of Any
    try:
        found: Sequence[Sequence[Any]] = ask(connection, statement, values)
    except Exception as error:
        if (better := explained(error, about)) is not error:
            raise better from error
        raise
    return found


async def fetch_async(
    connection: Any, statement: Statement, *values: Any, about: Sequence[Job] = ()
) -> Sequence[Sequence[Any]]:
    """Do the same with a connection that has to be awaited; raises TypeError for one that would stop the event loop."""
    ask = _asker_async(type(connection))  # type: ignore[arg-type] # as above
    try:
        found: Sequence[Sequence[Any]] = await ask(connection, statement, values)
    except Exception as error:
        if (better := explained(error, about)) is not error:
            raise better from error
        raise
    return found


def not_postgresql(connection: Any, dialect: str) -> TypeError:
    """Make the error for a connection to another kind of database."""
    return TypeError(f"{_name(type(connection))} speaks to {dialect}, and the ledger is in PostgreSQL: {_ACCEPTED}")


@lru_cache(maxsize=256)
def _asker(kind: type) -> Callable[..., Any]:
    driver = _driver_of(kind)
    if driver.is_async:
        msg = f"{_name(kind)} has to be awaited: call the function whose name ends in _async"
        raise TypeError(msg)
    return _module(driver).fetch  # type: ignore[no-any-return]


@lru_cache(maxsize=256)
def _asker_async(kind: type) -> Callable[..., Any]:
    driver = _driver_of(kind)
    if not driver.is_async:
        msg = f"{_name(kind)} cannot be awaited: call the function without _async, from a thread where a loop runs here"
        raise TypeError(msg)
    return _module(driver).fetch_async  # type: ignore[no-any-return]


def _driver_of(kind: type) -> _Driver:
    for each in kind.__mro__:
        if (driver := _DRIVERS.get(_name(each))) is not None:
            return driver
    msg = f"{_name(kind)} is no connection that a job can be enqueued with: {_ACCEPTED}"
    raise TypeError(msg)


def _module(driver: _Driver) -> Any:
    return import_module(f"bellwork.db.callers.{driver.module}")


def _name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
