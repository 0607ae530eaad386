"""Says in one line what a database error means for the operator."""

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
        (errors.LockNotAvailable, errors.QueryCanceled),
        "somebody holds a lock or the statement took too long: try again",
    ),
    ((errors.DeadlockDetected,), "two transactions waited for each other and this one gave way: try again"),
    ((errors.ReadOnlySqlTransaction,), "this server takes no writes: name the primary in DATABASE_URL"),
    ((errors.DiskFull,), "make room on the disk of PostgreSQL; nothing was written"),
    (
        (errors.TooManyConnections,),
        "PostgreSQL has no connection left: lower BELLWORK_POOL_SIZE, raise max_connections, or put PgBouncer in front",
    ),
    ((psycopg.OperationalError,), "check that PostgreSQL of DATABASE_URL runs and accepts connections"),
)


def is_lost(error: BaseException) -> bool:
    """Tell whether an error means that this server takes no further statement now, whatever it is about.

    It went away or shuts down (no SQLSTATE, class 08, 57P0x), is a standby (25006), or the pool has no connection.
    """
    if isinstance(error, PoolTimeout):
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError | errors.ReadOnlySqlTransaction):
        return False
    return cause.sqlstate is None or cause.sqlstate.startswith(("08", "57P")) or cause.sqlstate == "25006"


def is_cancelled(error: BaseException) -> bool:
    """Tell whether a statement was ended because it took longer than it was given."""
    return isinstance(error.orig if isinstance(error, DBAPIError) else error, errors.QueryCanceled)


def explain(error: BaseException) -> str | None:
    """Return the line for a database error, with what to do about it; None for any other error."""
    from alembic.util import CommandError  # noqa: PLC0415 - errors are rare, and every command would wait for it

    if isinstance(error, CommandError):
        return f"{error}; is the database at a newer release than this one?"
    if isinstance(error, PoolTimeout):
        return "every PostgreSQL connection of this process is in use (BELLWORK_POOL_SIZE)"
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.Error):
        return None
    said = (str(cause).strip() or type(cause).__name__).partition("\n")[0]
    return f"{said}; {_remedy(cause, said)}"


def _remedy(cause: psycopg.Error, said: str) -> str:
    if isinstance(cause, errors.InsufficientPrivilege):
        from bellwork.db.refused import who_may  # noqa: PLC0415 - as above

        return who_may(said)
    return next((remedy for kinds, remedy in _REMEDIES if isinstance(cause, kinds)), "PostgreSQL refused this")
