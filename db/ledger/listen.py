"""Hears callers of SQL at their commit, by a session of its own that LISTENs, where the way to PostgreSQL is direct."""

from __future__ import annotations

from select import POLLIN, poll
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from bellwork.db import pool
from bellwork.db.engine import engine, psycopg_of
from bellwork.db.settings import settings

if TYPE_CHECKING:
    from psycopg import Connection as Psycopg
    from sqlalchemy import Connection

#: A server may end sessions that say nothing for long; this one is there to say nothing.
_LISTEN = b"SET idle_session_timeout = 0; LISTEN bellwork"
_SESSION = b"SELECT pg_backend_pid(), current_setting('max_prepared_transactions')"


class Line:
    """A session that hears callers from when it was opened; for one thread. Raises what connecting does."""

    def __init__(self) -> None:
        self._opened_at = monotonic()
        with engine().connect() as connection:
            self._session = cast("Psycopg[Any]", connection.connection.driver_connection)
            connection.detach()
            # SQLAlchemy forgets the session: it would roll it back at its end, and log that this fails where it is cut.
            connection.invalidate()
        try:
            self._session.autocommit = True
            self._session.execute(_LISTEN)
        except BaseException:
            self.close()
            raise

    @property
    def is_outlived(self) -> bool:
        """Tell whether this process has found out since that the server takes no writes: callers are elsewhere."""
        return not pool.is_trusted(self._opened_at)

    def heard(self, seconds: float) -> bool:
        """Wait up to `seconds` for a notification, and take all that have come; OperationalError where it is cut."""
        line = poll()
        line.register(self._session.fileno(), POLLIN)
        if not line.poll(1000 * seconds):
            return False
        self._session.pgconn.consume_input()
        found = False
        while self._session.pgconn.notifies():
            found = True
        return found

    def close(self) -> None:
        """End the session."""
        self._session.close()


def why_unheard(conn: Connection) -> str | None:
    """Say why sessions like this one hear no caller, so that polling has to do; None where they do.

    A pooler is known by the number of the session, which it does not pass on.
    """
    if settings().pooler == "transaction":
        return "BELLWORK_POOLER is 'transaction'"
    driver = psycopg_of(conn)
    [(backend, prepared)] = driver.execute(_SESSION).fetchall()
    if backend != driver.info.backend_pid:
        return "a pooler stands before PostgreSQL"
    if prepared != "0":
        return f"max_prepared_transactions is {prepared}, and a transaction that notifies cannot be prepared"
    return None
