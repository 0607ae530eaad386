"""A session of its own for what takes long, and locks behind which no session waits for more than some milliseconds."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from psycopg.errors import DeadlockDetected, InvalidParameterValue, LockNotAvailable, QueryCanceled
from psycopg.rows import namedtuple_row

from bellwork.db.engine import engine
from bellwork.db.settings import SettingsError, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg import Connection as Psycopg

    Session = Psycopg[Any]

#: All that is done under a lock is done in the catalogue: a statement that takes longer does something else.
_MOMENT = "2s"
#: A vacuum gives way to a lock that has been waited for for a second (deadlock_timeout); it is given some more.
_AWAY = 3.0
#: Seconds for which another conversion may come to its end.
_OTHERS = 5.0
#: Seconds between two requests, so that writers catch up in between: the first pause, and the longest.
_PAUSE, _LONGEST_PAUSE = 0.1, 1.0
_SETTINGS = """
SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = '10s';
SET timezone = 'UTC'; SET search_path = pg_catalog
"""
#: A session whose client was killed goes on with what it does, unless it looks at its client, where the server can.
_LOOK = "SET client_connection_check_interval = '1s'"
_HOLDER = """
SELECT pid, application_name, date_trunc('second', xact_start)::text AS since, left(query, 80) AS query
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE relation = %(table)s::regclass AND granted AND pid <> pg_backend_pid()
ORDER BY xact_start LIMIT 1
"""


@dataclass(frozen=True)
class Patience:
    """How long a moment alone with a table is asked for, and how long others may wait behind each request; seconds.

    30 ms are a third of what a writer may notice; where transactions that write are longer, nothing is free so soon.
    """

    ours: float = 600.0
    others: float = 0.03


class BlockedError(Exception):
    """A lock was not to be had in all the time that was given; what was done before stays done."""


@contextmanager
def own_session(key: int, table: str) -> Iterator[Session]:
    """Open a session in which statements may take as long as they take; it is closed at the end, and not pooled.

    `key` is held as an advisory lock all the while. Raises BlockedError where another session holds it for 5 s, and
    SettingsError behind a pooler that gives each transaction another session.
    """
    if settings().pooler == "transaction":
        raise SettingsError(
            f"BELLWORK_POOLER is 'transaction', and a conversion of {table} needs one session from beginning to end; "
            "run it with DATABASE_URL leading to PostgreSQL itself and BELLWORK_POOLER=none"
        )
    with engine().connect() as connection:
        session = cast("Psycopg[Any]", connection.connection.driver_connection)
        connection.detach()
        session.autocommit = True
        session.execute(_SETTINGS.encode())
        with suppress(InvalidParameterValue):
            session.execute(_LOOK.encode())
        _hold(session, key, table)
        yield session


def ask(session: Session, question: str, **parameters: object) -> list[Any]:
    """Return the rows of an answer, whose columns have names."""
    with session.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(question.encode(), parameters).fetchall()


def briefly(session: Session, table: str, patience: Patience, act: Callable[[], None]) -> None:
    """Carry out `act` in a transaction that gives up, and is tried again, wherever it would keep others waiting.

    Maintenance that holds the table is asked to leave first, by a lock behind which no reader or writer waits. Raises
    BlockedError, naming the sessions in the way, when our patience ends.
    """
    deadline, pause = time.monotonic() + patience.ours, _PAUSE
    while True:
        try:
            with session.transaction():
                _send_maintenance_away(session, table, max(_AWAY, deadline - time.monotonic()))
                _hardly_wait(session, patience.others)
                act()
        except (LockNotAvailable, DeadlockDetected, QueryCanceled) as error:
            if time.monotonic() > deadline:
                raise BlockedError(_in_the_way(session, table, patience)) from error
        else:
            return
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _send_maintenance_away(session: Session, table: str, seconds: float) -> None:
    """Take a lock that conflicts with maintenance alone, and with other changes of the table."""
    session.execute(f"SET LOCAL lock_timeout = '{seconds:.0f}s'".encode())
    session.execute(f"LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE".encode())


def _hardly_wait(session: Session, seconds: float) -> None:
    session.execute(
        f"SET LOCAL lock_timeout = '{seconds * 1000:.0f}ms'; SET LOCAL statement_timeout = '{_MOMENT}'".encode()
    )


def _hold(session: Session, key: int, table: str) -> None:
    """Take the advisory lock by asking again: a session that waits for it would hold up an index built concurrently."""
    deadline = time.monotonic() + _OTHERS
    while not ask(session, "SELECT pg_try_advisory_lock(%(key)s) AS got", key=key)[0].got:
        if time.monotonic() > deadline:
            raise BlockedError(f"another conversion of {table} is under way; look at it, or end it, then try again")
        time.sleep(_PAUSE)


def _in_the_way(session: Session, table: str, patience: Patience) -> str:
    holders = ask(session, _HOLDER, table=table)
    who = "; ".join(
        f"process {one.pid} ({one.application_name or 'unnamed'}) holds it in a transaction since {one.since}: "
        f"{one.query!r}"
        for one in holders
    )
    return (
        f"{table} was asked for a moment alone for {patience.ours:g} s and was never free"
        f" within {patience.others * 1000:g} ms{f': {who}' if who else ''}; end that transaction, wait for its end, or"
        " let others wait longer, then run this again: it goes on"
    )
