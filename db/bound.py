"""A caller's own transaction: what is to happen after its commit, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from psycopg.pq import TransactionStatus
from sqlalchemy import event
from sqlalchemy.exc import PendingRollbackError

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection as Psycopg
    from sqlalchemy import Connection

_KEY = "bellwork.after_commit"
_VOID = (
    "a statement in this transaction failed, so PostgreSQL would keep nothing of it: neither rows nor jobs. Where such"
    " an error is caught, the statement belongs into a savepoint (begin_nested())"
)


def after_commit(connection: Connection) -> list[Callable[[], None]]:
    """Return the list of what is called once after the next commit of this connection, and forgotten at its rollback.

    A connection has one list and one pair of listeners, however often it is asked for. From then on its commit raises
    PendingRollbackError where a statement failed before it: PostgreSQL would answer with a rollback, and say nothing.
    """
    if not event.contains(connection, "commit", _committing):
        event.listen(connection, "commit", _committing)
        event.listen(connection, "rollback", _rolled_back)
    return cast("list[Callable[[], None]]", connection.info.setdefault(_KEY, []))


def _committing(connection: Connection) -> None:
    """Have the calls made right after the driver's own commit: SQLAlchemy tells of one before it, never after it."""
    driver = cast("Psycopg[Any]", connection.connection.driver_connection)
    if driver.info.transaction_status == TransactionStatus.INERROR:
        driver.rollback()
        _rolled_back(connection)
        raise PendingRollbackError(_VOID)
    if calls := connection.info.get(_KEY):
        due, calls[:] = list(calls), []

        def commit() -> None:
            del vars(driver)["commit"]
            driver.commit()
            for call in due:
                call()

        vars(driver)["commit"] = commit


def _rolled_back(connection: Connection) -> None:
    if not connection.invalidated:
        connection.info.get(_KEY, []).clear()
        vars(connection.connection.driver_connection).pop("commit", None)
