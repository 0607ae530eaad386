"""The driver's own connection, which most of the ledger's statements go through; nothing here loads SQLAlchemy.

What only looks may be given such a connection itself (`bellwork.db.quick`), or one of SQLAlchemy's: `psycopg_of` takes
both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from psycopg import Connection as Driver
from psycopg import OperationalError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    #: A connection by which something is asked.
    Asked = Connection | Driver[Any]

__all__ = ["Driver", "psycopg_of"]


def psycopg_of(connection: Asked) -> Driver[Any]:
    """Hand out the driver's connection below: the hot path speaks psycopg (a third of the cost of Core).

    SQLAlchemy is told that a transaction begins here: else a caller's commit() would see nothing to commit. Raises
    OperationalError where the connection was lost in the middle of its transaction.
    """
    if isinstance(connection, Driver):
        return connection
    if connection.invalidated:
        msg = "the connection is lost"
        raise OperationalError(msg)
    if not connection.in_transaction():
        connection.begin()
    return cast("Driver[Any]", connection.connection.driver_connection)
