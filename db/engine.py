"""One engine a process, and transactions that jobs can join: what is sent inside commits or vanishes with it."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from select import POLLIN, poll
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from psycopg import Connection as Psycopg
from psycopg import Error as DriverError
from psycopg import InterfaceError as DriverInterfaceError
from psycopg import OperationalError as DriverOperationalError
from psycopg.errors import ReadOnlySqlTransaction, error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from db.settings import SYSTEMS, SettingsError, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg.pq.abc import PGresult
    from sqlalchemy.engine import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

    from db.ledger.jobs import NewJob

#: Every session: READ COMMITTED (claims abort 79 % of the time under SERIALIZABLE), UTC, and no way to hang.
SESSION = {
    "timezone": "UTC",
    "default_transaction_isolation": "read committed",
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
}
#: How a session of our own is told so, at its start.
ASKED = {"options": " ".join("-c " + f"{name}={value}".replace(" ", "\\ ") for name, value in SESSION.items())}
#: Behind a pooler each transaction has another session: their role tells them (db.sessions looks), and none of them
#: has to know a statement that another one prepared.
POOLED = {"prepare_threshold": None}
#: A peer that vanished without a word is noticed after about 15 s, in spite of TCP.
KEEPALIVES = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


@dataclass
class Transaction:
    """An open transaction: its connection, and what is to be called before and after its commit.

    `ours` tells whether it is committed here; if not, nothing can be called before its commit. `outbox` gathers
    the jobs sent inside, which go in as one statement right before the commit.
    """

    connection: Connection
    ours: bool = True
    outbox: list[NewJob] = field(default_factory=list)
    before_commit: list[Callable[[], None]] = field(default_factory=list)
    after_commit: list[Callable[[], None]] = field(default_factory=list)


#: Whatever PostgreSQL or the way to it raises, through SQLAlchemy or through the driver.
DatabaseError = (DBAPIError, PoolTimeout, DriverError)
#: The part of it that another try at the same statement may overcome.
Unreachable = (
    OperationalError,
    InterfaceError,
    PoolTimeout,
    DriverOperationalError,
    DriverInterfaceError,
    ReadOnlySqlTransaction,
)

_making = Lock()
_demoted_at = float("-inf")
_current: ContextVar[Transaction | None] = ContextVar("transaction", default=None)


def engine() -> Engine:
    """Return this process's engine, made from the settings; it connects when first used."""
    with _making:
        return _engine()


@lru_cache(maxsize=1)
def _engine() -> Engine:
    asked = POOLED if settings().pooler == "transaction" else ASKED
    made = create_engine(
        settings().database_url,
        pool_size=settings().pool_size,
        max_overflow=10,
        pool_timeout=10,
        pool_recycle=1800,
        connect_args={"application_name": "bellwork", **KEEPALIVES, **asked},
        execution_options={"schema_translate_map": {name: settings().schema_of(name) for name in SYSTEMS}},
    )
    event.listen(made, "connect", _note_time)
    event.listen(made, "checkout", _refuse_dead)
    return made


def _note_time(_: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    record.info["opened_at"] = monotonic()


def _refuse_dead(connection: DBAPIConnection, record: ConnectionPoolEntry, *_: object) -> None:
    """Replace a connection that the server closed while it lay in the pool: a look at the socket, no round trip.

    One that was open when the primary said that it is a standby is replaced too: its name may lead elsewhere now.
    """
    if record.info["opened_at"] <= _demoted_at:
        msg = "this connection leads to a standby"
        raise DisconnectionError(msg)
    socket = poll()
    try:
        socket.register(cast("Psycopg[Any]", connection).fileno(), POLLIN)
        if socket.poll(0):
            msg = "the server closed this connection"
            raise DisconnectionError(msg)
    except DriverOperationalError:
        msg = "this connection is closed"
        raise DisconnectionError(msg) from None


def current() -> Transaction | None:
    """Return the transaction this thread or task is in, if any."""
    return _current.get()


def opened() -> Transaction:
    """Return the open transaction; raises RuntimeError where none is."""
    if (open_ := _current.get()) is None:
        msg = "no transaction is open here; open one with db.engine.transaction()"
        raise RuntimeError(msg)
    return open_


@contextmanager
def transaction(bind: Session | Connection | None = None) -> Iterator[Connection]:
    """Open a transaction that commits at the end, or join the one that is open.

    With `bind`, a caller's own Session or Connection, nothing is committed here: what is sent inside belongs to
    the caller's transaction, and is announced to the workers after the caller's own commit.
    """
    if bind is not None:
        with _entered(_bound(bind)) as outer:
            yield outer.connection
    elif joined := _current.get():
        yield joined.connection
    else:
        with _connected() as connection, connection.begin(), _entered(Transaction(connection)) as own:
            yield connection
            for act in own.before_commit:
                act()
        for announce in own.after_commit:
            announce()


@contextmanager
def single_statements() -> Iterator[Connection]:
    """Open a connection whose statements each commit by themselves: two round trips less than a transaction of one."""
    with _connected() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


def psycopg_of(connection: Connection) -> Psycopg[Any]:
    """Hand out the driver's connection below: the hot path speaks psycopg (a third of the cost of Core).

    SQLAlchemy is told that a transaction begins here: else a caller's commit() would see nothing to commit.
    """
    if not connection.in_transaction():
        connection.begin()
    return cast("Psycopg[Any]", connection.connection.driver_connection)


def at_once(connection: Connection, statement: bytes) -> PGresult:
    """Execute a statement without parameters, or several, straight through libpq: half of what psycopg's own way costs.

    Returns the last result; raises what psycopg would.
    """
    driver = psycopg_of(connection)
    result = driver.pgconn.exec_(statement)
    if result.status not in {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}:
        if driver.pgconn.status != ConnStatus.OK:
            raise DriverOperationalError(result.get_error_message() or "the connection is lost")
        raise error_from_result(result, encoding=driver.info.encoding)
    return result


def ping() -> None:
    """Raise SettingsError, naming DATABASE_URL, unless PostgreSQL answers."""
    try:
        with engine().connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        where = engine().url.render_as_string(hide_password=True)
        msg = f"DATABASE_URL names a server that cannot be used: {where}: {reason}"
        raise SettingsError(msg) from None


def forget() -> None:
    """Drop the settings and the engine, so that the next use reads the environment anew (tests, forked processes)."""
    if _engine.cache_info().currsize:
        _engine().dispose()
    _engine.cache_clear()
    settings.cache_clear()


@contextmanager
def _connected() -> Iterator[Connection]:
    """Take a connection of the pool; where the primary became a standby, none that is open now is used again."""
    global _demoted_at  # noqa: PLW0603 - what was last heard of the server is one fact of the process
    with engine().connect() as connection:
        try:
            yield connection
        except (ReadOnlySqlTransaction, DBAPIError) as error:
            if isinstance(getattr(error, "orig", error), ReadOnlySqlTransaction):
                _demoted_at = monotonic()
            raise


@contextmanager
def _entered(transaction: Transaction) -> Iterator[Transaction]:
    token = _current.set(transaction)
    try:
        yield transaction
    finally:
        _current.reset(token)


def _bound(bind: Session | Connection) -> Transaction:
    """Wrap a caller's transaction, whose commit SQLAlchemy's own events will tell."""
    connection = bind.connection() if isinstance(bind, Session) else bind
    bound = Transaction(connection, ours=False)

    def committed(*_: DBAPIConnection | Any) -> None:
        for announce in bound.after_commit:
            announce()
        bound.after_commit.clear()

    if isinstance(bind, Session):
        event.listen(bind, "after_commit", committed, once=True)
    else:
        event.listen(connection, "commit", committed)
    return bound
