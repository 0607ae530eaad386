"""One engine a process, and transactions that jobs can join: what is sent inside commits or vanishes with it."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from os import register_at_fork
from threading import Lock, RLock
from typing import TYPE_CHECKING

from psycopg import Error as DriverError
from psycopg import InterfaceError as DriverInterfaceError
from psycopg import OperationalError as DriverOperationalError
from psycopg.errors import ReadOnlySqlTransaction, error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bellwork.db import pool, systems
from bellwork.db.bound import after_commit
from bellwork.db.driver import psycopg_of
from bellwork.db.outdated import is_outdated
from bellwork.db.settings import SettingsError, settings
from bellwork.db.wording import message_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg.pq.abc import PGresult
    from sqlalchemy.engine import URL, Engine
    from sqlalchemy.orm import Session

    from bellwork.db.ledger.jobs import NewJob

__all__ = [
    "ASKED",
    "KEEPALIVES",
    "POOLED",
    "SESSION",
    "DatabaseError",
    "EndedTransaction",
    "Transaction",
    "Unreachable",
    "at_once",
    "current",
    "engine",
    "forget",
    "opened",
    "ping",
    "place",
    "psycopg_of",
    "single_statements",
    "stand_in",
    "transaction",
]

#: Every session: READ COMMITTED (claims abort 79 % of the time under SERIALIZABLE), UTC, no way to hang, and values in
#: the styles that are read and written here, whatever the defaults of the database are.
SESSION = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "intervalstyle": "postgres",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "default_transaction_isolation": "read committed",
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
}
#: How a session of our own is told so, at its start.
ASKED = {"options": " ".join("-c " + f"{name}={value}".replace(" ", "\\ ") for name, value in SESSION.items())}
#: Behind a pooler each transaction has another session: their role tells them (bellwork.db.sessions looks), and none of
#: them has to know a statement that another one prepared.
POOLED = {"prepare_threshold": None, "client_encoding": "utf8"}
#: A peer that vanished without a word is noticed after about 15 s, in spite of TCP.
KEEPALIVES = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


class EndedTransaction(RuntimeError):  # noqa: N818 - named for what happened
    """Something was to go into a transaction that is over; the message says what to do instead."""


@dataclass
class Transaction:
    """An open transaction: its connection, and what is to be called before and after its commit.

    `ours` tells whether it is committed here; if not, nothing can be called before its commit. `outbox` gathers
    the jobs sent inside, which go in as one statement right before the commit. Threads and tasks that carry the
    context (asyncio.to_thread, asyncio.create_task) may use it while it is open.
    """

    connection: Connection
    ours: bool = True
    session: Session | None = None
    outbox: list[NewJob] = field(default_factory=list)
    before_commit: list[Callable[[], None]] = field(default_factory=list)
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    lock: RLock = field(default_factory=RLock)
    ended: bool = False

    def require_open(self) -> None:
        """Raise EndedTransaction where it was committed or rolled back, by whatever code."""
        if self.ended or self.connection.closed:
            raise EndedTransaction(_ENDED if self.ours else _ENDED_BY_CALLER)
        if self.session is not None:
            # A Session sets its savepoint when it is first used inside begin_nested(), and a statement of ours is none.
            self.session.connection()

    def complete(self) -> None:
        """Call what is to be called before the commit, and whatever that adds; nothing can be added any more."""
        while True:
            with self.lock:
                calls, self.before_commit[:] = list(self.before_commit), []
                if not calls:
                    self.ended = True
                    return
            for call in calls:
                call()


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

_ENDED = (
    "the transaction that this code was started in has ended; wait for its threads and tasks inside of the block, or"
    " begin them outside of it"
)
_ENDED_BY_CALLER = (
    "the Session of this `with transaction(session)` was committed, rolled back or closed inside the block; send before"
    " that, or open the block again for what comes after"
)
_making = Lock()
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
        # What a statement was given stands in its error otherwise: in the ledger, in logs, before operators' eyes.
        hide_parameters=True,
        execution_options={"schema_translate_map": systems.schemas()},
    )
    pool.guard(made)
    return made


def current() -> Transaction | None:
    """Return the transaction this thread or task is in, if any."""
    return _current.get()


def opened() -> Transaction:
    """Return the open transaction; raises RuntimeError where none is."""
    if (open_ := _current.get()) is None:
        msg = "no transaction is open here; open one with bellwork.db.engine.transaction()"
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
            own.complete()
        for announce in own.after_commit:
            announce()


@contextmanager
def stand_in(transaction: Transaction) -> Iterator[None]:
    """Have code believe that this transaction is open; it is never committed. For tests without a database."""
    with _entered(transaction):
        yield


@contextmanager
def single_statements() -> Iterator[Connection]:
    """Open a connection whose statements each commit by themselves: two round trips less than a transaction of one."""
    with _connected() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


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
        reason = message_of(error.orig or error).partition("\\n")[0]
        if "startup parameter" in reason:
            reason += "; behind PgBouncer set BELLWORK_POOLER=transaction (docs/deploy.md)"
        msg = f"DATABASE_URL names a server that cannot be used: {place(engine().url)}: {reason}"
        raise SettingsError(msg) from None


def place(url: URL) -> str:
    """Name host, port and database, and nothing that opens them."""
    hosts, port = url.query.get("host", url.host or "this machine"), url.query.get("port", url.port or 5432)
    several = ", ".join(hosts) if isinstance(hosts, tuple) else hosts
    return f"{several}{f':{port}' if ':' not in several else ''}/{url.database or ''}"


def forget() -> None:
    """Drop the settings and the engine, so that the next use reads the environment anew (tests, the heartbeat)."""
    if _engine.cache_info().currsize:
        _engine().dispose()
    _engine.cache_clear()
    systems.forget()
    settings.cache_clear()


@contextmanager
def _connected() -> Iterator[Connection]:
    """Take one of the pool; after a failover or a migration, none that was open when it was noticed is used again."""
    with engine().connect() as connection:
        try:
            yield connection
        except (DBAPIError, DriverError) as error:
            if isinstance(getattr(error, "orig", error), ReadOnlySqlTransaction) or is_outdated(error):
                pool.distrust()
            raise


@contextmanager
def _entered(transaction: Transaction) -> Iterator[Transaction]:
    token = _current.set(transaction)
    try:
        yield transaction
    finally:
        transaction.ended = transaction.ours
        _current.reset(token)


def _bound(bind: Session | Connection) -> Transaction:
    """Wrap a caller's transaction, whose commit the connection's own events tell."""
    # A test for Session instead would load SQLAlchemy's ORM into every process, a tenth of a command's start.
    session = None if isinstance(bind, Connection) else bind
    connection = bind if isinstance(bind, Connection) else bind.connection()
    return Transaction(connection, ours=False, session=session, after_commit=after_commit(connection))


def _forked() -> None:
    """Begin anew in a forked child: no connection, lock or transaction of the parent's is the child's.

    Whoever holds the engine goes on with it, on new connections; nothing is said on the parent's.
    """
    global _making  # noqa: PLW0603 - a lock of the parent's may be held for ever here
    _making = Lock()
    _current.set(None)
    pool.cut_off()
    if _engine.cache_info().currsize:
        _engine().dispose(close=False)
    _engine.cache_clear()


register_at_fork(after_in_child=_forked)
