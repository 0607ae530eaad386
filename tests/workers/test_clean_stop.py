"""A worker that stops finishes what runs, hands back what has not begun, and leaves no trace of itself."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import dramatiq
from psycopg import OperationalError

from bellwork.db import ledger, registered
from bellwork.db.engine import psycopg_of, transaction
from bellwork.workers import broker
from tests.helpers import eventually
from tests.workers import look
from tests.workers.process import working

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import Claimed

QUEUE = "t.stop"
go_on = Event()


@dramatiq.actor(actor_name="t.stopped", queue_name=QUEUE)
def wait(number: int) -> None:
    """Wait until the test says so."""
    del number
    go_on.wait(60)


def workers() -> int:
    """Count the workers in the ledger."""
    with transaction() as conn:
        return len(registered.workers(psycopg_of(conn)))


def counted() -> set[int]:
    """Add up what was counted against the jobs."""
    return {row["retries"] + row["crashes"] for row in look.jobs("t.stopped")}


def test_what_has_not_begun_is_handed_back(database: str) -> None:
    """What runs is done, what waited in the process is available again, uncounted, and the worker's row is gone."""
    del database
    go_on.clear()
    with working(QUEUE, threads=1) as worker:
        wait.send(1)
        eventually(lambda: "running" in look.states())
        # More than its threads can take, as several queues may bring together.
        broker.capacity.open(3)
        wait.send(2)
        wait.send(3)
        eventually(lambda: look.states().count("running") == 3)
        broker.emit_before("worker_shutdown", worker)
        handed_back = look.states()
        go_on.set()
        worker.stop()

    assert ["running", "available", "available"] == handed_back
    assert (["done", "available", "available"], {0}, 0) == (look.states(), counted(), workers())


def test_an_idle_worker_leaves_no_row(database: str) -> None:
    """While it lives it has one row; after its stop none."""
    del database
    with working(QUEUE):
        assert 1 == workers()

    assert 0 == workers()


def test_a_worker_takes_no_more_than_it_has_threads_for(database: str) -> None:
    """With two threads two jobs run and the backlog stays in the ledger, for others."""
    del database
    go_on.clear()
    with transaction():
        for number in range(10):
            wait.send(number)
    with working(QUEUE, threads=2):
        eventually(lambda: look.states().count("running") == 2)
        waiting = look.states().count("available")
        go_on.set()
        eventually(lambda: set(look.states()) == {"done"})

    assert 8 == waiting


def test_a_claim_whose_answer_was_lost_is_handed_back(database: str) -> None:
    """The commit went through, the answer did not: the job is not left running in the name of who never heard of it."""
    del database
    go_on.set()
    lost: list[Claimed] = []

    def lose_the_answer(conn: Connection, *asked: Any) -> list[Claimed]:
        claimed = claim(conn, *asked)
        if claimed and not lost:
            lost.extend(claimed)
            conn.commit()
            raise OperationalError("the connection broke")
        return claimed

    claim = ledger.claim
    with patch.object(ledger, "claim", lose_the_answer), working(QUEUE):
        wait.send(1)
        eventually(lambda: look.states() == ["done"])

    [row] = look.jobs("t.stopped")
    assert (1, 2, {0}) == (len(lost), row["attempt"], counted())
