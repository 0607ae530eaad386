"""Locks that are taken for a moment or not at all: a session behind this one waits no longer than that moment."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from psycopg.errors import LockNotAvailable
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bellwork.db.engine import engine, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

#: The longest that writers may wait behind a lock that we wait for.
PATIENCE = "50ms"
#: Seconds between two tries, so that writers are kept up for a small part of the time; and seconds until a step is
#: left to the next rotation.
PAUSE, GIVE_UP = 0.5, 60.0


class StillBusyError(RuntimeError):
    """Other sessions held a table all the time; nothing is lost, and the next rotation tries again."""


def in_brief_locks(act: Callable[[Connection], object], what: str) -> None:
    """Do something in a transaction of its own that waits 50 ms for a lock, again and again for a minute.

    Raises StillBusyError, saying what could not be done, where that was not enough.
    """

    def once() -> None:
        with transaction() as conn:
            wait_at_most(conn, PATIENCE)
            act(conn)

    insist(once, what)


def insist(act: Callable[[], None], what: str) -> None:
    """Do something that may find a lock taken, again and again for a minute; raises StillBusyError then."""
    deadline = time.monotonic() + GIVE_UP
    while True:
        try:
            act()
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            if time.monotonic() > deadline:
                raise StillBusyError(
                    f"{what} waits for transactions that are open for longer than {GIVE_UP:.0f} s; nothing is lost,"
                    " the next rotation goes on (pg_stat_activity by xact_start shows them)"
                ) from error
            time.sleep(PAUSE)
        else:
            return


@contextmanager
def impatient() -> Iterator[Connection]:
    """Open a connection whose statements each commit by themselves and wait 50 ms for a lock: not behind a pooler."""
    with engine().connect() as found:
        conn = found.execution_options(isolation_level="AUTOCOMMIT")
        conn.exec_driver_sql(f"SET lock_timeout = '{PATIENCE}'")
        try:
            yield conn
        finally:
            conn.exec_driver_sql("RESET lock_timeout")


def wait_at_most(conn: Connection, limit: str) -> None:
    """Wait so long for a lock until the end of this transaction; '0' is for ever."""
    conn.execute(text("SELECT set_config('lock_timeout', :limit, true)"), {"limit": limit})


def take_your_time(conn: Connection) -> None:
    """Let the statements of this transaction take as long as they take."""
    conn.execute(text("SET LOCAL statement_timeout = 0"))
