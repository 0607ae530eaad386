"""Limits of the whole fleet: nobody is over them, who has no turn burns no retry, and nothing is lost without Redis."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest
from dramatiq.rate_limits.backends import RedisBackend

from bellwork.workers import due_set, limits
from bellwork.workers.testing import run_inline
from tests.helpers import eventually
from tests.workers import look
from tests.workers.process import working

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bellwork.ops.embedded import Stack

QUEUE = "t.turns"
inside = [0]
most = [0]
counting = threading.Lock()


@dramatiq.actor(actor_name="t.turns", queue_name=QUEUE, time_limit=20_000, max_retries=0)
def take_turn(at_once: int | None = None, per_minute: int | None = None, calls: int = 1) -> None:
    """Hold a turn, and note how many do so at the same time."""
    with limits.turn("t", at_once=at_once, per_minute=per_minute, calls=calls):
        with counting:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        during()
        with counting:
            inside[0] -= 1


def during() -> None:
    """Take the time that others need to come too."""
    threading.Event().wait(0.02)


@pytest.fixture
def redis(stack: Stack, database: str) -> Iterator[Stack]:
    """The stack, whose Valkey runs again after the test."""
    del database
    yield stack
    stack.start_redis()


def outcome(**asked: Any) -> str:
    """Run one job and tell whether it had its turn."""
    job = run_inline(take_turn, **asked)
    return "snoozed" if job["state"] in {"available", "scheduled"} and job["retries"] == 0 else str(job["state"])


@pytest.mark.usefixtures("database")
def test_never_more_at_once_than_there_are_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty jobs on eight threads with two turns: two at once, all done, and not one retry."""
    monkeypatch.setattr(limits, "LONGEST_PAUSE", 0.05)
    most[0] = 0
    for _ in range(30):
        take_turn.send(at_once=2)
    with working(QUEUE, threads=8):
        eventually(lambda: look.states("t.turns") == ["done"] * 30, 30)

    assert 2 == most[0]
    assert {0} == {job["retries"] for job in look.jobs("t.turns")}


@pytest.mark.usefixtures("database")
def test_calls_are_counted_over_a_minute() -> None:
    """Of five calls a minute two pieces of work with two get theirs, a third does not, and one call still fits."""
    outcomes = [outcome(per_minute=5, calls=calls) for calls in (2, 2, 2, 1, 1)]

    assert ["done", "done", "snoozed", "done", "snoozed"] == outcomes


@pytest.mark.usefixtures("database")
def test_work_of_more_calls_than_a_minute_has_gets_an_empty_one() -> None:
    """It is not put off for ever, and takes the whole minute."""
    assert ["done", "snoozed"] == [outcome(per_minute=3, calls=calls) for calls in (7, 1)]


@pytest.mark.usefixtures("database")
def test_what_a_killed_holder_held_comes_back_by_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many others take and give back turns meanwhile: one limiter for all would never give it back."""
    monkeypatch.setattr(limits, "_longest", lambda: 400)
    killed, backend = ExitStack(), RedisBackend(client=due_set.client())
    assert limits._enter_slot(killed, backend, "t", 2)

    assert 1 == _free(backend)
    eventually(lambda: _free(backend) == 2, 5)


@pytest.mark.usefixtures("database")
def test_a_turn_outlasts_the_process_of_its_job_by_little() -> None:
    """The actor's 20 s, the grace of 5 s before its process is killed, and 2 s for that."""
    run(lambda: kept.append(limits._longest()))

    assert [27_000] == kept


@pytest.mark.usefixtures("database")
def test_pauses_grow_to_half_a_minute() -> None:
    """A job that finds no turn comes back within two seconds, then later and later."""
    assert "done" == outcome(per_minute=1)
    job = run_inline(take_turn, per_minute=1)
    assert 0.5 < look.wait_of(job) <= 2
    look.execute("UPDATE bellwork.jobs SET attempt = 41 WHERE id = :id", id=job["id"])
    look.execute("UPDATE bellwork.jobs SET run_at = now() WHERE id = :id", id=job["id"])
    with working(QUEUE):
        eventually(lambda: look.jobs("t.turns", "scheduled"))

    assert 10 < look.wait_of(look.jobs("t.turns", "scheduled")[0]) <= 30


def test_nothing_is_limited_without_redis(redis: Stack) -> None:
    """Limits that cannot be counted do not keep anybody from working."""
    redis.stop_redis()

    assert ["done"] * 3 == [outcome(at_once=1, per_minute=1) for _ in range(3)]


def test_redis_may_go_away_while_a_turn_is_held(redis: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work that was paid for is not thrown away because its turn could not be given back."""
    monkeypatch.setattr(f"{__name__}.during", redis.stop_redis)

    assert "done" == outcome(at_once=1)


kept: list[int] = []
todo: list[Callable[[], object]] = []


@dramatiq.actor(actor_name="t.turns_aside", queue_name=QUEUE, time_limit=20_000)
def do() -> None:
    """Do what the test wants done inside a job."""
    todo.pop()()


def run(what: Callable[[], object]) -> None:
    """Do something inside a job."""
    todo.append(what)
    run_inline(do)


def _free(backend: RedisBackend) -> int:
    """Count the turns that are free, and give them back."""
    with ExitStack() as held:
        return sum(limits._enter_slot(held, backend, "t", 2) for _ in range(2))


def test_the_minute_is_the_fleets(redis: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers whose clocks are minutes apart share one minute, by the clock of Redis."""
    del redis
    outcomes = []
    for skew in (0, 75, -75):
        now = time.time
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda now=now, skew=skew: now() + skew)
            outcomes += [outcome(per_minute=2) for _ in range(2)]

    assert 2 == outcomes.count("done")


@pytest.mark.parametrize(
    "value", ["text", "-5", "1" * 5_000, [b"a", b"list"]], ids=["text", "negative", "endless", "list"]
)
@pytest.mark.parametrize("asked", [{"at_once": 1}, {"per_minute": 1}], ids=["at once", "a minute"])
def test_what_is_no_count_is_absent(redis: Stack, value: Any, asked: dict[str, int]) -> None:
    """A key that somebody has overwritten is removed; the job has its turn, and burns no retry."""
    del redis
    client = due_set.client()
    now = int(client.time()[0])
    for key in ["bellwork:turn:t:0", *(f"bellwork:calls:t@{now + second}" for second in range(-2, 9))]:
        client.rpush(key, *value) if isinstance(value, list) else client.set(key, value)

    assert "done" == outcome(**asked)


def test_a_turn_that_would_stay_for_ever_comes_back(redis: Stack) -> None:
    """A key without a time to live is given the job's longest time by the first job that finds it taken."""
    del redis
    due_set.client().set("bellwork:turn:t:0", 1)
    first = outcome(at_once=1)
    left = due_set.client().pttl("bellwork:turn:t:0")

    assert ("snoozed", {"t": 1}) == (first, limits.taken())
    assert 20_000 < left <= 20_000 + 60_000
