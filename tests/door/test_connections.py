"""Connections that are none, are of another kind, are closed, or commit each statement by themselves."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

import bellwork
from bellwork import NewJob
from tests.door.callers import OfAsyncpg, OfDjango, OfPsycopg

if TYPE_CHECKING:
    from tests.door.callers import Caller

ACCEPTED = (
    r": give a SQLAlchemy Session, Connection, AsyncSession or AsyncConnection, a psycopg Connection or"
    r" AsyncConnection, an asyncpg Connection, or Django's connection$"
)


def test_what_is_no_connection_is_told_what_is(emptied: str) -> None:
    """An engine, a pool, a URL, a cursor, and a driver that is not known."""
    engine = create_engine(emptied.replace("postgresql:", "postgresql+psycopg:", 1))
    with psycopg.connect(emptied) as conn, sqlite3.connect(":memory:") as lite:
        for wrong in (None, emptied, engine, conn.cursor(), lite):
            with pytest.raises(TypeError, match=r"^[\w.]+ is no connection that a job can be enqueued with" + ACCEPTED):
                bellwork.enqueue(wrong, "t.door")
    lite.close()


def test_another_database_is_told_so() -> None:
    """SQLAlchemy and Django speak to several."""
    lite = create_engine("sqlite://")
    with (
        Session(lite) as session,
        pytest.raises(TypeError, match=r"Session speaks to sqlite, and the ledger is in PostgreSQL" + ACCEPTED),
    ):
        bellwork.enqueue(session, "t.door")
    lite.dispose()


def test_each_of_the_twins_names_the_other(emptied: str) -> None:
    """A connection that has to be awaited, and one that would stop the loop."""

    async def mixed_up() -> None:
        async with await psycopg.AsyncConnection.connect(emptied) as conn:
            with pytest.raises(TypeError, match=r"^psycopg\.AsyncConnection has to be awaited: .* ends in _async$"):
                bellwork.enqueue(conn, "t.door")
        with (
            psycopg.connect(emptied) as stopping,
            pytest.raises(TypeError, match=r"^psycopg\.Connection cannot be awaited: .* without _async"),
        ):
            await bellwork.enqueue_async(stopping, "t.door")

    asyncio.run(mixed_up())


def test_a_closed_connection_is_the_drivers_own_error(caller: Caller, jobs: Any) -> None:
    """Except where its library opens another one by itself."""
    caller.rollback()
    caller.close()
    if "Session" in type(caller).__name__ or isinstance(caller, OfDjango):
        caller.enqueue("t.door")
        caller.commit()

        assert [{}] == jobs()
        return
    with pytest.raises(Exception, match=r"(?i)closed|released"):
        caller.enqueue("t.door")


def test_what_commits_by_itself_commits_the_job(emptied: str, jobs: Any) -> None:
    """As it does with any statement: psycopg and SQLAlchemy in autocommit, asyncpg outside of a transaction."""
    with psycopg.connect(emptied, autocommit=True) as conn:
        bellwork.enqueue(conn, "t.door", {"number": 1})
    engine = create_engine(emptied.replace("postgresql:", "postgresql+psycopg:", 1), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        bellwork.enqueue(connection, "t.door", {"number": 2})
    engine.dispose()

    async def alone() -> None:
        conn = await pytest.importorskip("asyncpg").connect(emptied)
        await bellwork.enqueue_async(conn, "t.door", {"number": 3})
        await conn.close()

    asyncio.run(alone())

    assert [{"number": 1}, {"number": 2}, {"number": 3}] == jobs()


@pytest.mark.parametrize("good", [0, 5_500])
def test_many_are_all_or_none_there_too(emptied: str, jobs: Any, good: int) -> None:
    """However many documents they fill; what only PostgreSQL sees refuses them together."""
    wanted = [NewJob("t.door")] * good + [NewJob("t.door", {"numbers": [1] * 20_000})]
    with psycopg.connect(emptied, autocommit=True) as conn, pytest.raises(bellwork.RefusedJob, match="at_most_64_kib"):
        bellwork.enqueue_many(conn, wanted)

    assert [] == jobs()


def test_a_refusal_of_many_leaves_none_of_them(emptied: str, jobs: Any) -> None:
    """The role's refusal of the last is heard before the first is inserted."""
    with psycopg.connect(emptied) as conn:
        conn.execute("SET ROLE bellwork_api")
        with pytest.raises(bellwork.RefusedJob, match="never registered"):
            bellwork.enqueue_many(conn, [*[NewJob("t.door")] * 5_500, NewJob("t.unheard")])
        conn.commit()

    assert [] == jobs()


def test_a_database_that_was_not_migrated_says_what_to_do(empty_database: str) -> None:
    """The driver's own error, with the command."""
    with psycopg.connect(empty_database) as conn, pytest.raises(psycopg.errors.InvalidSchemaName) as told:
        bellwork.enqueue(conn, "t.door")

    assert ["the database has no ledger: run `bellwork migrate`"] == told.value.__notes__


def test_djangos_atomic_and_its_savepoints(emptied: str, jobs: Any) -> None:
    """What is enqueued in a block that fails goes with it."""
    caller = OfDjango(emptied)
    caller.connection.set_autocommit(True)
    atomic = pytest.importorskip("django.db.transaction").Atomic
    connections = pytest.importorskip("django.db").connections
    connections["default"] = caller.connection
    try:
        with atomic("default", savepoint=True, durable=False):
            bellwork.enqueue(caller.connection, "t.door", {"number": 1})
            with suppress(ZeroDivisionError), atomic("default", savepoint=True, durable=False):
                bellwork.enqueue(caller.connection, "t.door", {"number": 2})
                raise ZeroDivisionError
            bellwork.enqueue(pytest.importorskip("django.db").connection, "t.door", {"number": 3})
            before = jobs()
    finally:
        del connections["default"]
        caller.end()

    assert ([], [{"number": 1}, {"number": 3}]) == (before, jobs())


def test_a_sessions_own_savepoint(emptied: str, jobs: Any) -> None:
    """`begin_nested()` that was not used before takes the job back, too."""
    engine = create_engine(emptied.replace("postgresql:", "postgresql+psycopg:", 1))
    with Session(engine) as session:
        bellwork.enqueue(session, "t.door", {"number": 1})
        nested = session.begin_nested()
        bellwork.enqueue(session, "t.door", {"number": 2})
        nested.rollback()
        session.commit()
    engine.dispose()

    assert [{"number": 1}] == jobs()


def test_other_peoples_key_is_waited_for(emptied: str, jobs: Any) -> None:
    """Two transactions with one key: the second hears of the first one's job when that has committed."""
    first, second = OfPsycopg(emptied), OfAsyncpg(emptied)
    one = first.enqueue("t.door", {"number": 1}, unique_key="k")

    async def both() -> bellwork.Enqueued:
        asking = asyncio.create_task(bellwork.enqueue_async(second.connection, "t.door", {"number": 2}, unique_key="k"))
        await asyncio.sleep(0)
        await asyncio.to_thread(first.commit)
        return await asking

    two = second.run(both())
    second.commit()
    first.end()
    second.end()

    assert (one.id, False) == two
    assert [{"number": 1}] == jobs()
