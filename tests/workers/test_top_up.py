"""A due set is filled again from the ledger whatever happened to it, and however dear it is to look."""

from __future__ import annotations

from unittest.mock import patch
from uuid import uuid4

import pytest

from db import ledger
from db.engine import transaction
from db.ledger import Due, NewJob, Worker
from workers import due_set, pace, top_up


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
    """Also after a look at everything that found nothing; while such looks are dear themselves, they rest."""
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
        ledger.resume(conn, "t.due")

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
    """Which queues have jobs is not asked again, and nobody else looks over one that has just been looked over."""
    appear("t.due")
    put(1)
    monkeypatch.setattr(pace, "CHEAP", -1.0)
    before = [top_up.top_up(), due_set.take_look("t.due", 60)]
    due_set.client().flushall()
    monkeypatch.setattr(top_up, "waiting_queues", lambda _: pytest.fail("it walks over everything that is dead"))
    after = [top_up.top_up(), due_set.take_look("t.due", 60)]

    assert ([1, False], [1, False]) == (before, after)
