"""A due set is filled again from the ledger whatever happened to it, and however slow a poll is."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING
from unittest.mock import patch
from uuid import uuid4

import pytest
from psycopg.pq import Trace
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import engine, psycopg_of, transaction
from bellwork.db.ledger import Due, NewJob, Worker
from bellwork.workers import due_set, pace, top_up
from bellwork.workers.fleet import Fleet
from tests.workers.look import execute

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READ = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relid = 'bellwork.jobs'::regclass"


def put(count: int, actor: str = "t.due", **more: int) -> None:
    """Enqueue jobs behind the due set's back, as a caller in SQL does."""
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob(actor, queue="t.due", **more) for _ in range(count)])  # type: ignore[arg-type]


def appear(*actors: str) -> None:
    """Let a worker live that knows the actors."""
    with transaction() as conn:
        ledger.register_worker(conn, Worker(uuid4(), "here", 1, 1, ["t.due"], dict.fromkeys(actors)), 60)


def size() -> int:
    """Count what the set holds."""
    return int(due_set.client().zcard(due_set.key("t.due")))


def test_what_was_lost_is_topped_up(database: str) -> None:
    """After FLUSHALL the next top-up offers every due job again, and no later one."""
    del database
    appear("t.due")
    put(20)
    put(5, delay=600)
    due_set.client().flushall()

    assert (20, 20) == (top_up.top_up(), size())


@pytest.mark.usefixtures("redis_url")
def test_between_dear_looks_a_queue_is_topped_up_from_where_it_began() -> None:
    """Also after a look at everything that found nothing; while such polls are slow themselves, they rest."""
    appear("t.due")
    put(1)
    assert 1 == top_up.top_up()
    [job] = due_set.pop("t.due", 1, 0) or []
    with transaction() as conn:
        ledger.cancel(conn, [job], "it is done with")
    assert 0 == top_up.top_up()
    with patch.object(top_up._pace, "is_due", lambda: False):
        put(1)
        with patch.object(top_up._near_pace, "is_due", lambda: False):
            resting = top_up.top_up()
        offered = top_up.top_up()

    assert (0, 1) == (resting, offered)


def test_one_call_at_a_time_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rounds of the scheduler and what it hears of callers share what is known of the fleet and of the queues."""
    together = Barrier(2)

    def look() -> int:
        with suppress(BrokenBarrierError):
            together.wait(0.2)
            return 1
        return 0

    monkeypatch.setattr(top_up, "_top_up", look)
    with ThreadPoolExecutor(2) as two:
        assert [0, 0] == list(two.map(lambda _: top_up.top_up(), range(2)))


def test_what_nobody_can_run_is_not_offered(database: str) -> None:
    """Jobs of actors that no live worker knows stay in the ledger, and so does a paused queue."""
    del database
    appear("t.other")
    put(3)
    unknown = top_up.top_up()
    appear("t.due")
    with transaction() as conn:
        ledger.pause(conn, "t.due", "ops", "")
    paused = top_up.top_up()
    with transaction() as conn:
        ledger.resume(conn, "t.due", "ann", "it may go on")

    assert (0, 0, 3) == (unknown, paused, top_up.top_up())


def test_a_set_that_is_not_short_is_left_alone(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a set that holds fewer than SHORT is filled."""
    del database
    monkeypatch.setattr(top_up, "SHORT", 2)
    appear("t.due")
    put(5)
    due_set.add([Due(1, "t.due", 0, 1), Due(2, "t.due", 0, 1)])

    assert (0, 2) == (top_up.top_up(), size())


@pytest.mark.usefixtures("redis_url")
def test_a_dear_look_is_at_the_queues_that_are_heard_and_spares_the_workers_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody else looks over a queue that has just been looked over."""
    appear("t.due")
    put(1)
    monkeypatch.setattr(pace, "FAST", -1.0)
    monkeypatch.setattr(top_up, "_pace", pace.Pace())
    before = [top_up.top_up(), due_set.take_poll_lock("t.due", 60)]
    due_set.client().flushall()
    after = [top_up.top_up(), due_set.take_poll_lock("t.due", 60)]

    assert ([1, False], [1, False]) == (before, after)


def test_queues_that_nobody_hears_cost_nothing(database: str) -> None:
    """A thousand queues with a due job each, of an actor that is known, stay out of Redis until somebody listens."""
    del database
    appear("t.due")
    execute("INSERT INTO bellwork.jobs (queue, actor) SELECT 'tenant' || n, 't.due' FROM generate_series(1, 1000) n")
    put(1)
    first = top_up.top_up()
    keys = due_set.client().keys("bellwork:due:*")
    with transaction() as conn:
        ledger.register_worker(conn, Worker(uuid4(), "here", 1, 1, ["tenant7"], {}), 60)

    assert (1, [b"bellwork:due:t.due"], 2) == (first, keys, top_up.top_up())


@pytest.mark.usefixtures("redis_url")
def test_many_long_queues_share_what_a_look_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each gets as much as the others, and no more while it has that; where one is long, it gets what others leave."""
    monkeypatch.setattr(top_up, "AT_ONCE", 12)
    with transaction() as conn:
        ledger.register_worker(conn, Worker(uuid4(), "here", 1, 1, [f"t.{n}" for n in range(4)], {"t.due": None}), 60)
    put_in = "INSERT INTO bellwork.jobs (queue, actor) SELECT 't.' || n % 4, 't.due' FROM generate_series(1, 40) n"
    execute(put_in)
    all_long = top_up.top_up(), [due_set.client().zcard(due_set.key(f"t.{n}")) for n in range(4)]
    top_up.forget()
    again = top_up.top_up()
    execute("DELETE FROM bellwork.jobs WHERE queue <> 't.1'")
    due_set.client().flushall()
    top_up.forget()

    assert ((12, [3, 3, 3, 3]), 0, 10) == (all_long, again, top_up.top_up())


def test_what_the_fleet_can_do_follows_who_lives(database: str) -> None:
    """A worker's queues and actors count from its registration to the end of its lease; the others stay known."""
    del database
    fleet, seen = Fleet(), []
    silence = "UPDATE bellwork.workers SET expires_at = now() - interval '1 s' WHERE actors ? 't.one'"
    for change in (
        partial(appear, "t.one"),
        partial(appear, "t.two"),
        partial(execute, silence),
        partial(execute, "INSERT INTO bellwork.queues (name, paused_at) VALUES ('t.due', now())"),
        partial(execute, "DELETE FROM bellwork.workers"),
    ):
        change()
        with transaction() as conn:
            seen.append(tuple(fleet.look(conn)))

    assert [
        (["t.due"], ["t.one"]),
        (["t.due"], ["t.one", "t.two"]),
        (["t.due"], ["t.two"]),
        ([], ["t.two"]),
        ([], []),
    ] == seen


def test_a_poll_of_two_hundred_queues_costs_little_more_than_one_of_a_few(database: str, tmp_path: Path) -> None:
    """With a thousand actors known to a hundred workers, and jobs of later in each queue.

    A handful of round trips, in which each actor's name is sent once, and of each queue a row or two are read.
    """
    del database
    execute(
        "INSERT INTO bellwork.workers (id, host, pid, master_pid, queues, actors, expires_at)"
        " SELECT gen_random_uuid(), 'host', w, 1, (SELECT array_agg('q' || n) FROM generate_series(1, 200) n),"
        " (SELECT jsonb_object_agg('t.actor_that_does_something_' || n, 605) FROM generate_series(1, 1000) n),"
        " now() + interval '1 hour' FROM generate_series(1, 100) w"
    )
    execute(
        "INSERT INTO bellwork.jobs (queue, actor, run_at) SELECT 'q' || 1 + n % 200,"
        " 't.actor_that_does_something_' || 1 + n % 1000, now() + interval '1 hour' FROM generate_series(1, 20000) n"
    )
    execute("ANALYZE bellwork.jobs")
    top_up.top_up()
    execute("SELECT bellwork.enqueue('t.actor_that_does_something_7', queue => 'q200')")
    before = rows_read()
    top_up._pace = pace.Pace()
    with traced(tmp_path / "sent"):
        offered = top_up.top_up()
    sent = re.findall(r"^F\t(\d+)\t(\w+)", (tmp_path / "sent").read_text(), re.MULTILINE)

    assert offered == 1
    assert 1 <= sum(kind in {"Query", "Sync"} for _, kind in sent) <= 8
    assert 30_000 < sum(int(size) for size, _ in sent) < 60_000, "the names alone are 32,000 characters"
    assert rows_read() - before <= 2 * 200 + 10


@contextmanager
def traced(path: Path) -> Iterator[None]:
    """Write down what is said on the one connection that is open."""
    with transaction() as conn:
        pgconn = psycopg_of(conn).pgconn
    fd = os.open(path, os.O_CREAT | os.O_WRONLY)
    pgconn.trace(fd)
    pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
    yield
    pgconn.untrace()
    os.close(fd)


def rows_read() -> int:
    """Count the rows of jobs that were read by now; a session tells when it ends."""
    engine().dispose()
    with transaction() as conn:
        return int(conn.execute(text(_READ)).scalar_one())
