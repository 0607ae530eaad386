"""API layers of every kind, each with the same few verbs: what one does is what all of them have to see."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, scoped_session, sessionmaker

import bellwork

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


T = TypeVar("T")


class Caller(ABC):
    """An API layer with one connection in one transaction."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection = self.connect(url)

    @abstractmethod
    def connect(self, url: str) -> Any:
        """Connect."""

    @abstractmethod
    def execute(self, statement: str) -> Any:
        """Execute a statement of the layer's own, as its library does it."""

    def commit(self) -> None:
        """Commit."""
        self.connection.commit()

    def rollback(self) -> None:
        """Roll back."""
        self.connection.rollback()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def end(self) -> None:
        """Let go of everything."""
        self.close()

    def enqueue(self, *args: Any, **named: Any) -> bellwork.Enqueued:
        """Enqueue a job."""
        return bellwork.enqueue(self.connection, *args, **named)

    def enqueue_many(self, jobs: list[bellwork.NewJob]) -> list[bellwork.Enqueued]:
        """Enqueue jobs."""
        return bellwork.enqueue_many(self.connection, jobs)

    def get_job(self, id_: int) -> bellwork.Job | None:
        """Look a job up."""
        return bellwork.get_job(self.connection, id_)

    def job_eta(self, id_: int) -> bellwork.Eta | None:
        """Ask when a job will be done."""
        return bellwork.job_eta(self.connection, id_)

    def cancel_job(self, id_: int, reason: str = "not needed") -> bool:
        """Cancel a job."""
        return bellwork.cancel_job(self.connection, id_, reason)


class OfConnection(Caller):
    """SQLAlchemy's Connection."""

    def connect(self, url: str) -> Any:
        """Connect."""
        self.engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
        return self.engine.connect()

    def execute(self, statement: str) -> Any:
        """Execute."""
        self.connection.execute(text(statement))

    def end(self) -> None:
        """Close the pool, too."""
        self.close()
        self.engine.dispose()


class OfSession(OfConnection):
    """SQLAlchemy's Session."""

    def connect(self, url: str) -> Any:
        """Connect."""
        super().connect(url).close()
        return Session(self.engine)


class OfScopedSession(OfConnection):
    """The registry of a Session for each thread."""

    def connect(self, url: str) -> Any:
        """Connect."""
        super().connect(url).close()
        return scoped_session(sessionmaker(self.engine))


class OfPsycopg(Caller):
    """psycopg, whose rows are dicts."""

    def connect(self, url: str) -> Any:
        """Connect."""
        return psycopg.connect(url, row_factory=dict_row, cursor_factory=psycopg.ClientCursor)

    def execute(self, statement: str) -> Any:
        """Execute."""
        self.connection.execute(statement)


class OfDjango(Caller):
    """Django, whose own `atomic()` is kept open by hand."""

    def connect(self, url: str) -> Any:
        """Connect."""
        django = pytest.importorskip("django")
        from django.conf import settings  # noqa: PLC0415 - where it is installed
        from django.db.backends.postgresql.base import DatabaseWrapper  # noqa: PLC0415 - as above

        if not settings.configured:
            settings.configure(LOGGING_CONFIG=None)
            django.setup()
        known = psycopg.conninfo.conninfo_to_dict(url)
        connection: Any = DatabaseWrapper(
            {
                "NAME": known["dbname"],
                "USER": known.get("user", ""),
                "PASSWORD": known.get("password", ""),
                "HOST": known.get("host", ""),
                "PORT": known.get("port", ""),
                "ATOMIC_REQUESTS": False,
                "AUTOCOMMIT": False,
                "CONN_MAX_AGE": 0,
                "CONN_HEALTH_CHECKS": False,
                "OPTIONS": {},
                "TIME_ZONE": None,
            }
        )
        connection.connect()
        return connection

    def execute(self, statement: str) -> Any:
        """Execute."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement)


class Awaited(Caller):
    """A layer in an event loop, looked at from outside."""

    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        super().__init__(url)

    def connect(self, url: str) -> Any:
        """Connect in the layer's loop."""
        return self.run(self.connect_async(url))

    @abstractmethod
    async def connect_async(self, url: str) -> Any:
        """Connect."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it in the layer's loop."""
        return self.runner.run(work)

    def commit(self) -> None:
        """Commit."""
        self.run(self.connection.commit())

    def rollback(self) -> None:
        """Roll back."""
        self.run(self.connection.rollback())

    def close(self) -> None:
        """Close the connection."""
        self.run(self.connection.close())

    def end(self) -> None:
        """Close the loop, too."""
        self.close()
        self.runner.close()

    def enqueue(self, *args: Any, **named: Any) -> bellwork.Enqueued:
        """Enqueue a job."""
        return self.run(bellwork.enqueue_async(self.connection, *args, **named))

    def enqueue_many(self, jobs: list[bellwork.NewJob]) -> list[bellwork.Enqueued]:
        """Enqueue jobs."""
        return self.run(bellwork.enqueue_many_async(self.connection, jobs))

    def get_job(self, id_: int) -> bellwork.Job | None:
        """Look a job up."""
        return self.run(bellwork.get_job_async(self.connection, id_))

    def job_eta(self, id_: int) -> bellwork.Eta | None:
        """Ask when a job will be done."""
        return self.run(bellwork.job_eta_async(self.connection, id_))

    def cancel_job(self, id_: int, reason: str = "not needed") -> bool:
        """Cancel a job."""
        return self.run(bellwork.cancel_job_async(self.connection, id_, reason))


class OfAsyncPsycopg(Awaited):
    """psycopg in an event loop."""

    async def connect_async(self, url: str) -> Any:
        """Connect."""
        return await psycopg.AsyncConnection.connect(url, row_factory=dict_row)

    def execute(self, statement: str) -> Any:
        """Execute."""
        self.run(self.connection.execute(statement))


class OfAsyncpg(Awaited):
    """asyncpg, with a codec of the application's own for jsonb."""

    async def connect_async(self, url: str) -> Any:
        """Connect."""
        connection = await pytest.importorskip("asyncpg").connect(url)
        await self.prepare(connection)
        return connection

    async def prepare(self, connection: Any) -> None:
        """Begin a transaction, as the others do by themselves."""
        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=repr, decoder=str)
        self.transaction = connection.transaction()
        await self.transaction.start()

    def execute(self, statement: str) -> Any:
        """Execute."""
        self.run(self.connection.execute(statement))

    def commit(self) -> None:
        """Commit, and begin again."""
        self.run(self.transaction.commit())
        self.run(self.prepare(self.connection))

    def rollback(self) -> None:
        """Roll back, and begin again."""
        self.run(self.transaction.rollback())
        self.run(self.prepare(self.connection))


class OfAsyncpgPool(OfAsyncpg):
    """What a pool of asyncpg hands out."""

    async def connect_async(self, url: str) -> Any:
        """Connect."""
        self.pool = await pytest.importorskip("asyncpg").create_pool(url, min_size=1, max_size=1)
        connection = await self.pool.acquire()
        await self.prepare(connection)
        return connection

    def close(self) -> None:
        """Give the connection back."""
        self.run(self.pool.release(self.connection))

    def end(self) -> None:
        """End the pool."""
        self.pool.terminate()
        self.runner.close()


class OfAsyncConnection(Awaited):
    """SQLAlchemy's AsyncConnection."""

    driver = "psycopg_async"

    async def connect_async(self, url: str) -> Any:
        """Connect."""
        pytest.importorskip("greenlet")
        if self.driver == "asyncpg":
            pytest.importorskip("asyncpg")
        from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - where greenlet is installed

        self.engine = create_async_engine(url.replace("postgresql:", f"postgresql+{self.driver}:", 1))
        return await self.opened()

    async def opened(self) -> Any:
        """Open a connection."""
        return await self.engine.connect()

    def execute(self, statement: str) -> Any:
        """Execute."""
        self.run(self.connection.execute(text(statement)))

    def end(self) -> None:
        """Close the pool, too."""
        self.close()
        self.run(self.engine.dispose())
        self.runner.close()


class OfAsyncConnectionOverAsyncpg(OfAsyncConnection):
    """The same over asyncpg."""

    driver = "asyncpg"


class OfAsyncSession(OfAsyncConnection):
    """SQLAlchemy's AsyncSession."""

    async def opened(self) -> Any:
        """Open a session."""
        from sqlalchemy.ext.asyncio import AsyncSession  # noqa: PLC0415 - where greenlet is installed

        return AsyncSession(self.engine)


class OfAsyncSessionOverAsyncpg(OfAsyncSession):
    """The same over asyncpg."""

    driver = "asyncpg"


class OfAsyncScopedSession(OfAsyncConnection):
    """The registry of an AsyncSession for each task; here for the whole loop."""

    async def opened(self) -> Any:
        """Open a session."""
        from sqlalchemy.ext.asyncio import async_scoped_session, async_sessionmaker  # noqa: PLC0415 - as above

        return async_scoped_session(async_sessionmaker(self.engine), scopefunc=lambda: 1)


KINDS: list[Callable[[str], Caller]] = [
    OfSession,
    OfScopedSession,
    OfConnection,
    OfAsyncSession,
    OfAsyncSessionOverAsyncpg,
    OfAsyncScopedSession,
    OfAsyncConnection,
    OfAsyncConnectionOverAsyncpg,
    OfPsycopg,
    OfAsyncPsycopg,
    OfAsyncpg,
    OfAsyncpgPool,
    OfDjango,
]
