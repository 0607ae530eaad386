"""A process that has used the database forks: parent and children then each go on for themselves."""

from __future__ import annotations

import multiprocessing
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import dramatiq
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bellwork.db.engine import current, engine, transaction
from bellwork.db.ledger import Claimed
from bellwork.workers import bell, broker, due_set, job
from bellwork.workers.attempt import Attempt, running
from bellwork.workers.testing import enqueued
from tests.workers import effects

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
fork = multiprocessing.get_context("fork")

#: So many transactions of each process are enough to mix up answers, where a connection is shared.
EACH = 30


@dramatiq.actor(actor_name="t.forks", queue_name="t.forks")
def note(number: int) -> None:
    """Do nothing."""
    del number


def in_child(act: Callable[[], Any]) -> Any:
    """Call `act` in a forked child and return what it returns there, or what it raises."""
    here, there = fork.Pipe()

    def run() -> None:
        try:
            there.send(act())
        except BaseException as error:  # noqa: BLE001 - a child has nobody else to tell
            there.send(repr(error))

    child = fork.Process(target=run, daemon=True)
    child.start()
    there.close()
    try:
        return here.recv() if here.poll(20) else "hangs"
    finally:
        child.kill()
        child.join()


def work(who: int) -> int:
    """Write rows, each with its job, and count the answers that were somebody else's."""
    wrong = 0
    for number in range(who, who + EACH):
        with transaction() as conn:
            answer = conn.execute(text("SELECT CAST(:number AS int) FROM pg_sleep(0.002)"), {"number": number}).scalar()
            wrong += answer != number
            effects.write(conn, number)
            note.send(number=number)
    return wrong


def offered() -> int:
    """Count what the due set holds, once this process has announced what it sent."""
    bell.drain(5)
    return int(due_set.client().zcard(due_set.key("t.forks")))


def use(conn: Connection) -> str:
    """Use in a child what the parent has open; tells whether that is refused."""
    with suppress(DBAPIError):
        effects.write(conn, "the child's")
        return "the parent's connection was used"
    return "refused"


@pytest.mark.usefixtures("effects")
def test_children_have_connections_of_their_own() -> None:
    """Three processes of a used engine each read their own answers, and every row has its job."""
    with engine().connect(), engine().connect():
        note.send(number=0)
    wrong: dict[int, Any] = {}
    threads = [
        Thread(target=lambda who=who: wrong.update({who: in_child(lambda: work(who))}), daemon=True)
        for who in (1000, 2000)
    ]
    for thread in threads:
        thread.start()
    wrong[3000] = work(3000)
    for thread in threads:
        thread.join()

    assert {1000: 0, 2000: 0, 3000: 0} == wrong
    assert 3 * EACH == len(effects.written())
    assert effects.written() == sorted(str(each["args"]["number"]) for each in enqueued())[1:]


@pytest.mark.usefixtures("effects")
def test_a_childs_jobs_are_its_own() -> None:
    """Forked inside a transaction, a child is not in it: what it sends is committed by itself, the parent's is not."""
    with suppress(ZeroDivisionError), transaction():
        note.send(number=1)
        assert (None, 2) == in_child(lambda: (current(), note.send(number=2).kwargs["number"]))
        raise ZeroDivisionError

    assert [2] == [each["args"]["number"] for each in enqueued()]


@pytest.mark.usefixtures("effects")
def test_a_child_cannot_write_into_its_parents_session() -> None:
    """The connection that the parent has in use leads nowhere in the child, and goes on in the parent."""
    with transaction() as conn:
        effects.write(conn, 1)
        assert "refused" == in_child(lambda: use(conn))
        effects.write(conn, 2)

    assert ["1", "2"] == effects.written()


def test_each_process_announces_what_it_sent(database: str) -> None:
    """The thread that tells Redis stays with the parent; a child that sends starts one of its own."""
    del database
    note.send(number=1)
    assert 1 == offered()

    assert 2 == in_child(lambda: (note.send(number=2), offered())[1])
    note.send(number=3)
    assert 3 == offered()


def test_a_child_runs_no_job(database: str) -> None:
    """The attempt that runs in the parent is not the child's to finish."""
    del database
    token = running.set(Attempt(Claimed(1, "t.forks", "t.forks", {}, {}, 0, 1, 0, 0, 0.0, uuid4(), 0)))
    try:
        assert "NoJob" == in_child(lambda: _refusal(job.current))
    finally:
        running.reset(token)


def test_children_of_one_broker_register_by_ids_of_their_own(database: str) -> None:
    """Preloaded and forked, each child's worker has its own id, slots and threads."""
    del database
    broker.capacity.open(2)
    try:
        seen = [in_child(lambda: (str(broker.worker_id), broker.capacity.closed)) for _ in range(2)]
    finally:
        broker.capacity.close()

    assert 3 == len({str(broker.worker_id), *(worker for worker, _ in seen)})
    assert [True, True] == [closed for _, closed in seen]


def _refusal(act: Callable[[], Any]) -> str | None:
    try:
        act()
    except job.NoJob as error:
        return type(error).__name__
    return None
