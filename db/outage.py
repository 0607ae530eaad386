"""Says in one line what a database error means for whoever has to mend it."""

from __future__ import annotations

import psycopg
from psycopg import errors
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_MISSING = (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedColumn, errors.UndefinedFunction)

#: The first that fits counts: the rest of OperationalError stands last.
_REMEDIES = (
    (_MISSING, "the schema is missing or old: run `bellwork migrate`"),
    (
        (errors.InsufficientPrivilege,),
        "the role of DATABASE_URL lacks this right (roles: bellwork_api, bellwork_worker, bellwork_ops)",
    ),
    (
        (errors.LockNotAvailable, errors.QueryCanceled),
        "somebody holds a lock or the statement took too long: try again",
    ),
    ((errors.DeadlockDetected,), "two transactions waited for each other and this one gave way: try again"),
    ((errors.ReadOnlySqlTransaction,), "this server takes no writes: name the primary in DATABASE_URL"),
    ((errors.DiskFull,), "make room on the disk of PostgreSQL; nothing was written"),
    (
        (errors.TooManyConnections,),
        "PostgreSQL has no connection left: lower POOL_SIZE, raise max_connections, or put PgBouncer in between",
    ),
    ((psycopg.OperationalError,), "check that PostgreSQL of DATABASE_URL runs and accepts connections"),
)


def explain(error: BaseException) -> str | None:
    """Return the line for a database error, with what to do about it; None for any other error."""
    from alembic.util import CommandError  # noqa: PLC0415 - errors are rare, and every command would wait for it

    if isinstance(error, CommandError):
        return f"{error}; is the database at a newer release than this one?"
    if isinstance(error, PoolTimeout):
        return "every PostgreSQL connection of this process is in use (POOL_SIZE)"
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.Error):
        return None
    said = (str(cause).strip() or type(cause).__name__).partition("\n")[0]
    return f"{said}; {_remedy(cause)}"


def _remedy(cause: psycopg.Error) -> str:
    return next((remedy for kinds, remedy in _REMEDIES if isinstance(cause, kinds)), "PostgreSQL refused this")
