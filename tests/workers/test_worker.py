"""Dramatiq's own worker over the ledger: due set, claim, threads, finish."""

from __future__ import annotations

import asyncio

import dramatiq
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.workers import broker, due_set, job
from tests.helpers import eventually
from tests.workers import effects as table
from tests.workers import look
from tests.workers.process import working

QUEUE = "t.worker"
order: list[int] = []


@dramatiq.actor(actor_name="t.w_plain", queue_name=QUEUE)
def plain(number: int) -> None:
    """Need no transaction."""
    order.append(number)


@dramatiq.actor(actor_name="t.w_tx", queue_name=QUEUE)
def write(number: int) -> None:
    """Write, and send one more."""
    with job.transaction() as conn:
        table.write(conn, number)
        plain.send(number)


@dramatiq.actor(actor_name="t.w_short", queue_name="t.worker_short", lane="short")
def write_short(number: int) -> None:
    """Write in the short lane."""
    with job.transaction() as conn:
        table.write(conn, number)


@dramatiq.actor(actor_name="t.w_async", queue_name=QUEUE)
async def write_async(number: int) -> None:
    """Write after another coroutine had its turn."""
    await asyncio.sleep(0)
    with job.transaction() as conn:
        table.write(conn, f"{number} as attempt {job.current().number}")


@dramatiq.actor(actor_name="t.w_fails_once", queue_name=QUEUE, min_backoff=1, max_backoff=1)
def fail_once(number: int) -> None:
    """Fail the first time."""
    if job.current().retries == 0:
        raise ValueError(number)
    with job.transaction() as conn:
        table.write(conn, number)


def all_done() -> bool:
    """Tell whether nothing is unfinished."""
    with transaction() as conn:
        return not conn.execute(text("SELECT count(*) FROM bellwork.jobs")).scalar_one()


def test_it_works_through_both_lanes(effects: str) -> None:
    """Jobs of either lane, and those they send, are done, each once."""
    del effects
    with working(QUEUE, "t.worker_short"):
        with transaction():
            for number in range(30):
                write.send(number)
                write_short.send(number + 100)
        eventually(all_done)

    assert sorted(map(str, [*range(30), *range(100, 130)])) == table.written()
    assert ["done"] * 30 == look.states("t.w_plain")


def test_a_hundred_duplicates_are_one_execution(database: str) -> None:
    """An id that is in and out of the due set a hundred times runs once."""
    del database
    order.clear()
    with transaction() as conn:
        [due] = ledger.enqueue(conn, [NewJob("t.w_plain", {"number": 1}, queue=QUEUE)])
    with working(QUEUE):
        for _ in range(100):
            due_set.add([due])
        eventually(all_done)
        plain.send(2)
        eventually(all_done)

    assert ([1, 2], ["done", "done"]) == (order, look.states())


def test_the_most_urgent_goes_first(database: str) -> None:
    """With one thread, jobs run in the order of their priorities."""
    del database
    order.clear()
    with transaction():
        for number in (3, 1, 2):
            plain.send_with_options(args=(number,), priority=number)
    with working(QUEUE, threads=1):
        eventually(all_done)

    assert [1, 2, 3] == order


def test_async_actors_run(effects: str) -> None:
    """A coroutine is a job like any other, and knows its attempt."""
    del effects
    with working(QUEUE):
        write_async.send(5)
        eventually(all_done)

    assert ["5 as attempt 1"] == table.written()


def test_a_failed_job_is_tried_again(effects: str) -> None:
    """A retry comes back by itself when its time is there."""
    del effects
    with working(QUEUE):
        fail_once.send(5)
        eventually(all_done)

    [row] = look.jobs("t.w_fails_once")
    assert (["5"], 1, 2) == (table.written(), row["retries"], row["attempt"])


def test_an_unknown_actor_waits_for_a_worker_that_knows_it(database: str) -> None:
    """A worker leaves alone what it does not know, and the job runs as soon as one appears that does."""
    del database
    order.clear()
    known = broker.actors.pop("t.w_plain")
    try:
        with working(QUEUE):
            with transaction() as conn:
                due = ledger.enqueue(conn, [NewJob("t.w_plain", {"number": 9}, queue=QUEUE)])
            due_set.add(due)
            fail_once.send_with_options(args=(1,), max_retries=0)
            eventually(lambda: "dead" in look.states("t.w_fails_once"))
            waits = look.states("t.w_plain")
    finally:
        broker.actors["t.w_plain"] = known
    with working(QUEUE):
        eventually(all_done)

    assert (["available"], [9]) == (waits, order)


def test_a_paused_queue_rests(database: str) -> None:
    """Nothing of a paused queue runs, whatever the due set says; resumed, it goes on."""
    del database
    order.clear()
    with transaction() as conn:
        ledger.pause(conn, QUEUE, "ops", "")
    with working(QUEUE, "t.worker_short"):
        plain.send(1)
        eventually(lambda: due_set.client().zcard(due_set.key(QUEUE)) == 0)
        rested = list(order)
        with transaction() as conn:
            ledger.resume(conn, QUEUE, "ann", "it may go on")
        eventually(all_done)

    assert ([], [1]) == (rested, order)


def test_a_worker_that_was_declared_gone_registers_anew(database: str) -> None:
    """Without its row it gets nothing; it notices, also while the due set is full, and works on under a new id."""
    del database
    order.clear()
    with working(QUEUE):
        before = broker.worker_id
        look.execute("DELETE FROM bellwork.workers")
        plain.send(1)
        eventually(all_done)

        assert before != broker.worker_id
        assert [1] == order
