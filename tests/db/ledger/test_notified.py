"""Whoever enqueues from SQL notifies the schedulers with his commit, one transaction in 10 ms and no more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import psycopg
import pytest

import bellwork
from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from tests.db.ledger import callers
from tests.db.ledger.notified import FREE, STAND_STILL, Listener, caller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

CROWD, TURNS = 8, 10
ENQUEUE = "SELECT bellwork.enqueue('t.x')"


@pytest.fixture(scope="module")
def still(module_database: str) -> str:
    """A database in which the window is an hour, with an actor for every caller."""
    with psycopg.connect(module_database, autocommit=True) as conn:
        conn.execute(STAND_STILL.encode())
    with transaction() as connection:
        callers.register(connection)
    return module_database


@pytest.fixture
def listener(still: str) -> Iterator[Listener]:
    """A listener, and nobody has notified yet."""
    with Listener(still) as listener:
        listener.execute(FREE)
        yield listener


def _door(connection: psycopg.Connection[Any]) -> None:
    bellwork.enqueue(connection, "t.x")


def _door_many(connection: psycopg.Connection[Any]) -> None:
    bellwork.enqueue_many(connection, [bellwork.NewJob("t.x"), bellwork.NewJob("t.x", unique_key="many")])


def _sql(statement: str) -> Callable[[psycopg.Connection[Any]], None]:
    def ask(connection: psycopg.Connection[Any]) -> None:
        connection.execute(statement.encode())

    return ask


@pytest.mark.parametrize("role", [None, "bellwork_api", "bellwork_worker", "bellwork_ops"])
@pytest.mark.parametrize(
    "ask",
    [
        _sql(ENQUEUE),
        _sql("SELECT bellwork.enqueue('t.x', run_at => now())"),
        _sql("SELECT bellwork.enqueue_job('t.x')"),
        _sql("""SELECT bellwork.enqueue_many('[{"actor": "t.x"}, {"actor": "t.x"}]')"""),
        _door,
        _door_many,
    ],
    ids=["enqueue", "now", "enqueue_job", "enqueue_many", "door", "door_many"],
)
def test_every_way_from_sql_notifies_once_in_a_window(
    still: str, listener: Listener, role: str | None, ask: Callable[[psycopg.Connection[Any]], None]
) -> None:
    """By each role: the first transaction does, the next one in the same window does not, the first after it does."""
    listener.execute("DELETE FROM bellwork.jobs")
    with caller(still, role) as connection:
        heard = []
        for _ in range(2):
            ask(connection)
            heard.append(listener.count())
        listener.execute("DELETE FROM bellwork.jobs")
        listener.execute(FREE)
        ask(connection)
        heard.append(listener.count())

    assert [1, 0, 1] == heard


def test_of_a_crowd_in_one_window_one_notifies(still: str, listener: Listener) -> None:
    """Eight connections begin at once, time and again: the first transaction of them all notifies, and no other."""
    barrier = Barrier(CROWD)

    def turn(_: int) -> None:
        with caller(still) as connection:
            for _ in range(TURNS):
                if barrier.wait() == 0:
                    listener.execute(FREE)
                barrier.wait()
                connection.execute(ENQUEUE)

    with ThreadPoolExecutor(CROWD) as crowd:
        list(crowd.map(turn, range(CROWD)))

    assert TURNS == listener.count()


def test_a_clock_that_was_set_back_silences_nobody(still: str, listener: Listener) -> None:
    """What lies ahead by more than a window was written by a clock that was wrong."""
    listener.execute("SELECT setval('bellwork.notified_at', 4102444800000000)")
    with caller(still) as connection:
        connection.execute(ENQUEUE)

    assert 1 == listener.count()


def test_what_was_rolled_back_leaves_a_silent_window_and_nothing_else(still: str, listener: Listener) -> None:
    """No job and no notification, also where it was a savepoint; who comes in the same window is found by polling."""
    listener.execute("DELETE FROM bellwork.jobs")
    with caller(still) as connection:
        with connection.transaction(force_rollback=True):
            connection.execute(ENQUEUE)
        rolled_back = listener.count(), _jobs(connection)
        listener.execute(FREE)
        with connection.transaction():
            with connection.transaction(force_rollback=True):
                connection.execute(ENQUEUE)
            connection.execute(ENQUEUE)
        to_a_savepoint = listener.count(), _jobs(connection)

    assert [(0, 0), (0, 1)] == [rolled_back, to_a_savepoint]


@pytest.mark.parametrize("role", [None, "bellwork_api"])
def test_what_is_not_due_or_not_new_is_not_told(still: str, listener: Listener, role: str | None) -> None:
    """A job of later, one whose key is taken, and one that is refused give a scheduler nothing to look for."""
    with caller(still) as owner:
        owner.execute("DELETE FROM bellwork.jobs")
        owner.execute("SELECT bellwork.enqueue('t.x', unique_key => 'taken')")
    listener.execute(FREE)
    assert 1 == listener.count()
    later = "run_at => now() + interval '1 hour'"
    with caller(still, role) as connection:
        connection.execute(f"SELECT bellwork.enqueue('t.x', {later})".encode())
        connection.execute(f"SELECT bellwork.enqueue_job('t.x', {later})".encode())
        connection.execute("SELECT bellwork.enqueue('t.x', unique_key => 'taken')")
        connection.execute("SELECT bellwork.enqueue_job('t.x', unique_key => 'taken')")
        connection.execute("""SELECT bellwork.enqueue_many('[{"actor": "t.x", "unique_key": "taken"}]')""")
        bellwork.enqueue(connection, "t.x", delay=60)
        bellwork.enqueue(connection, "t.x", unique_key="taken")
        bellwork.enqueue(connection, "t.x", unique_key="later", delay=60)
        with pytest.raises((psycopg.Error, ValueError)):
            bellwork.enqueue(connection, "t.unheard" if role else "\0")

    assert 0 == listener.count()


@pytest.mark.usefixtures("still")
def test_who_tells_redis_himself_notifies_nobody(listener: Listener) -> None:
    """What workers and API processes send()."""
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("t.x")])

    assert 0 == listener.count()


@pytest.mark.usefixtures("still")
def test_a_caller_cannot_write_the_clock(still: str) -> None:
    """Only through the function."""
    with caller(still, "bellwork_api") as connection:
        for statement in ("SELECT nextval('bellwork.notified_at')", FREE):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def _jobs(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT count(*) FROM bellwork.jobs").fetchone()
    assert row is not None
    return int(row[0])
