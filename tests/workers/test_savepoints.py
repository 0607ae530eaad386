"""A job goes with its savepoint, whoever opened the transaction; what outlives a transaction cannot send with it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest
from sqlalchemy.orm import Session

from bellwork.db.engine import EndedTransaction, engine, transaction
from bellwork.workers import bell, due_set, job
from bellwork.workers.testing import drain, enqueued
from tests.helpers import eventually
from tests.workers import look
from tests.workers.process import working

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection


@dramatiq.actor(actor_name="t.saved", queue_name="t.saved")
def note(name: str) -> None:
    """Do nothing."""
    del name


@dramatiq.actor(actor_name="t.saving", queue_name="t.saving")
def long_job() -> None:
    """Send in savepoints, in the long lane."""
    with job.transaction() as conn:
        send_in_savepoints(conn)


@dramatiq.actor(actor_name="t.saving_async", queue_name="t.saving_async")
async def job_in_the_loop() -> None:
    """Send in savepoints, in the event loop."""
    with job.transaction() as conn:
        send_in_savepoints(conn)


@dramatiq.actor(actor_name="t.saving_short", queue_name="t.saving_short", lane="short")
def short_job(*, fails: bool) -> None:
    """Send in savepoints, in the short lane: first without savepoints of its own, and with them where a job fails."""
    with job.transaction() as conn:
        send_in_savepoints(conn)
        if fails:
            conn.begin_nested()
            note.send(name="of a job that fails")
            raise ZeroDivisionError


def send_in_savepoints(conn: Connection | Session) -> None:
    """Send before, inside and after savepoints that are released and rolled back, inside of one another."""
    note.send(name="before")
    with conn.begin_nested():
        note.send(name="released")
        with suppress(ZeroDivisionError), conn.begin_nested():
            note.send(name="rolled back inside")
            raise ZeroDivisionError
        note.send(name="released after")
    with suppress(ZeroDivisionError), conn.begin_nested():
        note.send(name="rolled back")
        with conn.begin_nested():
            note.send(name="released inside of what is rolled back")
        raise ZeroDivisionError
    note.send(name="after")


KEPT = ["after", "before", "released", "released after"]


def kept() -> list[str]:
    """Name what waits, sorted."""
    return sorted(each["args"]["name"] for each in enqueued("t.saved"))


def offered() -> int:
    """Count what the due set holds, once all is announced."""
    bell.drain(5)
    return int(due_set.client().zcard(due_set.key("t.saved")))


@contextmanager
def own() -> Iterator[Connection]:
    """Open a transaction of the product's."""
    with transaction() as conn:
        yield conn


@contextmanager
def callers_session() -> Iterator[Session]:
    """Open a caller's Session, and commit it."""
    with Session(engine()) as session:
        with transaction(session):
            yield session
        session.commit()


@contextmanager
def callers_connection() -> Iterator[Connection]:
    """Open a caller's Connection, and commit it."""
    with engine().begin() as connection, transaction(connection):
        yield connection


@contextmanager
def session_inside_a_connection() -> Iterator[Session]:
    """Open a caller's Session whose commit is a mere savepoint of the Connection around it."""
    with engine().begin() as connection:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            with transaction(session):
                yield session
            session.commit()
        assert 0 == offered()


@pytest.mark.parametrize("opened", [own, callers_session, callers_connection, session_inside_a_connection])
def test_jobs_go_with_their_savepoint(database: str, opened: Callable[[], Iterator[Connection]]) -> None:
    """What was sent in a savepoint that is rolled back is gone, at any depth, and the rest is announced at the end."""
    del database
    with opened() as conn:  # type: ignore[attr-defined] # decorated as a context manager
        send_in_savepoints(conn)

    assert KEPT == kept()
    assert len(KEPT) <= offered() <= len(KEPT) + 3  # an id that is gone gives no row at the claim


@pytest.mark.parametrize("actor", [long_job, job_in_the_loop])
def test_jobs_of_a_long_job_go_with_their_savepoint(database: str, actor: dramatiq.Actor[[], Any]) -> None:
    """The same in job.transaction(), on a thread and in the event loop."""
    del database
    actor.send()
    with working(actor.queue_name):
        eventually(lambda: look.states(actor.actor_name) == ["done"])

    assert KEPT == kept()


def test_jobs_of_a_short_job_go_with_their_savepoint(database: str) -> None:
    """The same in the short lane, whether its batch runs with savepoints or without."""
    del database
    for fails in (False, True, False):
        short_job.send_with_options(kwargs={"fails": fails}, max_retries=0)
    drain("t.saving_short")

    assert ["dead", "done", "done"] == sorted(look.states("t.saving_short"))
    assert sorted(KEPT * 2) == kept()


def test_of_one_key_the_first_job_counts(database: str) -> None:
    """A key that was sent before the savepoint is not taken away by it."""
    del database
    with transaction() as conn:
        note.send_with_options(kwargs={"name": "first"}, unique_key="k")
        with conn.begin_nested():
            note.send_with_options(kwargs={"name": "second"}, unique_key="k")

    assert ["first"] == kept()


def test_a_session_announces_after_its_commit_only(database: str) -> None:
    """A savepoint released between the send and the commit announces nothing; the commit announces once."""
    del database
    with Session(engine()) as session:
        with transaction(session):
            note.send(name="one")
        with session.begin_nested():
            pass
        before = offered()
        session.commit()
        assert (0, 1) == (before, offered())
        due_set.client().delete(due_set.key("t.saved"))
        session.connection()
        session.commit()

    assert 0 == offered()


def test_nothing_is_announced_of_what_was_rolled_back(database: str) -> None:
    """A connection that goes on after a rollback announces what came after it, and only that."""
    del database
    with engine().connect() as connection:
        with transaction(connection):
            note.send(name="rolled back")
            connection.rollback()
            note.send(name="kept")
            connection.commit()

        assert (1, ["kept"]) == (offered(), kept())


@pytest.mark.parametrize("connect", [lambda: engine().connect(), lambda: Session(engine())], ids=["own", "Session's"])
def test_a_connection_is_listened_to_once(database: str, connect: Callable[[], Connection | Session]) -> None:
    """However often a connection, or a Session's, is used for a block, its commit calls one listener."""
    del database
    with connect() as bind:
        for _ in range(50):
            with transaction(bind) as connection:
                note.send(name="one")

        assert 1 == len(list(connection.dispatch.commit))
        bind.commit()
    assert 50 == offered()


def test_threads_with_the_context_are_in_the_transaction(database: str) -> None:
    """What asyncio.to_thread sends vanishes with the transaction; a thread without the context sends alone."""
    del database
    with suppress(ZeroDivisionError), transaction():
        asyncio.run(_send_in_thread("with"))
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda name: note.send(name=name), ["alone"]))
        raise ZeroDivisionError

    assert ["alone"] == kept()


def test_what_outlives_its_transaction_cannot_send_with_it(database: str) -> None:
    """A thread that carries the context and is late is refused: its job would be lost without a word."""
    del database
    with transaction():
        late = copy_context()
        note.send(name="in time")

    with pytest.raises(EndedTransaction, match="wait for its threads and tasks"):
        late.run(note.send, name="late")
    assert ["in time"] == kept()


def test_after_its_commit_a_session_takes_no_job(database: str) -> None:
    """Inside the block, but after session.commit(), a send raises and says why."""
    del database
    with Session(engine()) as session, transaction(session):
        note.send(name="before")
        session.commit()
        with pytest.raises(EndedTransaction, match="was committed, rolled back or closed inside the block"):
            note.send(name="after")

    assert ["before"] == kept()


async def _send_in_thread(name: str) -> None:
    await asyncio.to_thread(note.send, name=name)
