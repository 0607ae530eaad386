"""unique="waiting" on a message or an actor: what is sent while a job of the key runs makes exactly one more job."""

from __future__ import annotations

from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest

from bellwork.db import ledger
from bellwork.db.engine import DatabaseError, engine, transaction
from bellwork.db.ledger import NewJob, waiting
from bellwork.workers import Snooze, broker, job
from bellwork.workers.testing import enqueued
from bellwork.workers.top_up import top_up
from tests.helpers import eventually
from tests.workers import look
from tests.workers.process import working

if TYPE_CHECKING:
    from bellwork.ops.embedded import Stack

QUEUES = ("t.deb_long", "t.deb_short", "t.deb_async", "t.deb_chain")
KEY = "recompute:tutor-1"
began, go = Event(), Event()
read: list[str] = []


def recompute_until(name: str) -> None:
    """Read, and go on when the test lets it; the first attempt in the long lane comes back once."""
    read.append(name)
    began.set()
    go.wait(60)
    if name == "snoozing" and job.current().number == 1:
        raise Snooze(1)


@dramatiq.actor(actor_name="t.deb_long", queue_name="t.deb_long", unique="waiting")
def recompute(name: str = "long") -> None:
    """Recompute in the long lane; the actor says what its keys are."""
    recompute_until(name)


@dramatiq.actor(actor_name="t.deb_short", queue_name="t.deb_short", lane="short", unique="waiting")
def recompute_shortly(name: str = "short") -> None:
    """Recompute in the short lane; a batch without savepoints is called once."""
    recompute_until(name)


@dramatiq.actor(actor_name="t.deb_async", queue_name="t.deb_async", unique="waiting")
async def recompute_in_the_loop(name: str = "async") -> None:
    """Recompute in the event loop."""
    recompute_until(name)


@dramatiq.actor(actor_name="t.deb_chain", queue_name="t.deb_chain")
def change() -> None:
    """Change something, and let it be recomputed on the same queue."""
    with job.transaction():
        chained.send_with_options(unique_key=KEY, unique="waiting")


@dramatiq.actor(actor_name="t.deb_chained", queue_name="t.deb_chain")
def chained() -> None:
    """Recompute."""
    recompute_until("chained")


@pytest.mark.parametrize("actor", [recompute, recompute_shortly, recompute_in_the_loop])
def test_changes_during_a_run_make_one_more_run(database: str, actor: dramatiq.Actor[..., Any]) -> None:
    """Three before it runs are one job, three while it runs are the next one."""
    del database
    for each in (began, go):
        each.clear()
    read.clear()
    for _ in range(3):
        actor.send_with_options(unique_key=KEY)
    with working(actor.queue_name, threads=1):
        assert began.wait(60)
        for _ in range(3):
            actor.send_with_options(unique_key=KEY)
        waiting = len(enqueued(actor.actor_name))
        go.set()
        eventually(lambda: look.states() == ["done"] * 2)

    assert (2, 2) == (waiting, len(read))


def test_what_comes_back_is_the_one_more_run(database: str) -> None:
    """A job that snoozes takes its key again: what changes while it waits is seen by its next attempt."""
    del database
    began.clear()
    go.set()
    read.clear()
    recompute.send_with_options(args=("snoozing",), unique_key=KEY)
    with working("t.deb_long", threads=1):
        eventually(lambda: look.states() == ["scheduled"])
        recompute.send_with_options(args=("snoozing",), unique_key=KEY)
        eventually(lambda: look.states() == ["done"])

    assert 2 == len(read)


def test_the_next_job_of_a_chain_is_debounced_too(database: str) -> None:
    """What a job sends to its own queue is not born claimed: two changes before it begins are one run."""
    del database
    go.set()
    read.clear()
    change.send()
    change.send()
    with working("t.deb_chain", threads=1):
        eventually(lambda: set(look.states()) == {"done"})

    assert 1 <= len(read) == len(look.states("t.deb_chained")) <= 2


def test_in_one_transaction_the_same_key_is_one_job(database: str) -> None:
    """Jobs with and without such a key go in together, and each message is told its job."""
    del database
    with transaction():
        messages = [recompute.send_with_options(unique_key=KEY) for _ in range(2)]
        messages.append(recompute.send())
    again = recompute.send_with_options(unique_key=KEY)

    first, second, third = (message.options["job_id"] for message in messages)
    assert ([first, third], None, None) == ([row["id"] for row in enqueued()], second, again.options["job_id"])
    assert [KEY, None] == [row["unique_key"] for row in enqueued()]


def test_another_word_is_refused_where_it_is_sent(database: str) -> None:
    """Nothing is enqueued, and the error says what there is."""
    del database
    with pytest.raises(ValueError, match="'unfinished' or 'waiting'"):
        recompute.send_with_options(unique_key=KEY, unique="running")

    assert [] == enqueued()
    assert "waiting" == broker.get_actor("t.deb_long").options["unique"]


@pytest.mark.parametrize("redis", [True, False])
def test_it_runs_though_it_is_asked_for_all_the_time(
    stack: Stack, database: str, monkeypatch: pytest.MonkeyPatch, redis: bool
) -> None:
    """Transactions that overlap ask for it without a pause: it is claimed soon after it is late, Redis or no Redis."""
    del database
    monkeypatch.setattr(waiting, "LATE", 0.3)
    asked, stop = Event(), Event()
    read.clear()
    go.set()

    def ask_all_the_time() -> None:
        before = engine().connect()
        while not stop.is_set():
            after = engine().connect()
            # Once the job has let go of its key, whoever asks waits for the one before, who has inserted the next job.
            after.exec_driver_sql("SET LOCAL lock_timeout = 100")
            with suppress(*DatabaseError):
                ledger.enqueue(after, [NewJob("t.deb_long", queue="t.deb_long", unique_key=KEY, waiting=True)])
            before.commit()
            before.close()
            before = after
            asked.set()
            stop.wait(0.02)
        before.close()

    if not redis:
        stack.stop_redis()
    recompute.send_with_options(unique_key=KEY)
    asking = Thread(target=ask_all_the_time)
    asking.start()
    try:
        asked.wait(60)
        with working("t.deb_long"):
            eventually(lambda: (not redis or top_up() >= 0) and read)
    finally:
        stop.set()
        asking.join()
        if not redis:
            stack.start_redis()
