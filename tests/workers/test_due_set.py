"""The due set holds ids and scores only, is bounded, and is filled again from the ledger whatever happened to it."""

from __future__ import annotations

from unittest.mock import patch
from uuid import uuid4

import pytest

from db import engine, ledger
from db.engine import transaction
from db.ledger import Due, NewJob, Worker
from db.settings import SettingsError
from workers import due_set


def put(count: int, actor: str = "t.due", **more: int) -> None:
    """Enqueue jobs behind the due set's back, as a caller in SQL does."""
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob(actor, queue="t.due", **more) for _ in range(count)])  # type: ignore[arg-type]


def appear(*actors: str) -> None:
    """Let a worker live that knows the actors."""
    with transaction() as conn:
        ledger.register_worker(conn, Worker(uuid4(), "here", 1, 1, [], dict.fromkeys(actors)), 60)


def size() -> int:
    """Count what the set holds."""
    return int(due_set.client().zcard(due_set.key("t.due")))


def test_the_most_urgent_come_out_first_and_once(database: str) -> None:
    """Jobs leave by priority, then due time; each leaves once, however often it was added."""
    del database
    mixed = {1: (5, 10), 2: (-5, 30), 3: (5, 5), 4: (-5, 20)}
    jobs = [Due(number, "t.due", priority, ms * 1000) for number, (priority, ms) in mixed.items()]
    for _ in range(3):
        due_set.add(jobs)

    assert [[4, 2, 3], [1], []] == [due_set.pop("t.due", 3, 0.01) for _ in range(3)]


def test_the_set_is_bounded(database: str) -> None:
    """Of very many jobs added at once a bounded number goes in."""
    del database
    due_set.add(Due(number, "t.due", 0, number) for number in range(due_set.BOUND + 500))

    assert due_set.BOUND == size()


def test_only_ids_and_scores_are_in_redis(database: str) -> None:
    """A foreign member is passed over; what we put there is a number."""
    del database
    due_set.client().zadd(due_set.key("t.due"), {"not a job": -1e18})
    due_set.add([Due(7, "t.due", 0, 1)])

    assert [7] == due_set.pop("t.due", 10, 0.01)


def test_what_was_lost_is_topped_up(database: str) -> None:
    """After FLUSHALL the next top-up offers every due job again, and no later one."""
    del database
    appear("t.due")
    put(20)
    put(5, delay=600)
    due_set.client().flushall()

    assert (20, 20) == (due_set.top_up(), size())


@pytest.mark.usefixtures("redis_url")
def test_between_dear_looks_a_queue_is_topped_up_from_where_it_began() -> None:
    """Also after a look at everything that found nothing; while such looks are dear themselves, they rest."""
    appear("t.due")
    put(1)
    assert 1 == due_set.top_up()
    [job] = due_set.pop("t.due", 1, 0) or []
    with transaction() as conn:
        ledger.cancel(conn, [job], "it is done with")
    assert 0 == due_set.top_up()
    with patch.object(due_set._pace, "is_due", lambda: False):
        put(1)
        with patch.object(due_set._near_pace, "is_due", lambda: False):
            resting = due_set.top_up()
        offered = due_set.top_up()

    assert (0, 1) == (resting, offered)


def test_what_nobody_can_run_is_not_offered(database: str) -> None:
    """Jobs of actors that no live worker knows stay in the ledger, and so does a paused queue."""
    del database
    appear("t.other")
    put(3)
    unknown = due_set.top_up()
    appear("t.due")
    with transaction() as conn:
        ledger.pause(conn, "t.due", "ops", "")
    paused = due_set.top_up()
    with transaction() as conn:
        ledger.resume(conn, "t.due")

    assert (0, 0, 3) == (unknown, paused, due_set.top_up())


def test_a_set_that_is_not_short_is_left_alone(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a set that holds fewer than SHORT is filled."""
    del database
    monkeypatch.setattr(due_set, "SHORT", 2)
    appear("t.due")
    put(5)
    due_set.add([Due(1, "t.due", 0, 1), Due(2, "t.due", 0, 1)])

    assert (0, 2) == (due_set.top_up(), size())


@pytest.mark.usefixtures("database")
def test_an_empty_set_says_so_after_the_wait() -> None:
    """A pop from nothing gives an empty list: Redis is there, and has nothing."""
    assert [] == due_set.pop("t.due", 5, 0.01)


def test_an_option_of_the_url_that_is_none_is_named(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told when Redis is first asked for, not as a riddle in the middle of a claim."""
    del database
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0?nonsense=1")
    engine.forget()
    due_set.forget()
    with pytest.raises(SettingsError, match=r"^REDIS_URL cannot be used: .*nonsense"):
        due_set.ping()
