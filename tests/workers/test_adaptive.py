"""A provider that says it is busy gets half as many calls at once, and gets them back one by one."""

from __future__ import annotations

import time

import dramatiq
import pytest
from dramatiq.rate_limits import ConcurrentRateLimiter
from dramatiq.rate_limits.backends import RedisBackend

from bellwork.workers import Snooze, adaptive, due_set, limits
from bellwork.workers.testing import run_inline
from tests.helpers import eventually
from tests.workers import look

MOST = 8
pytestmark = pytest.mark.usefixtures("database")


class Busy(Exception):  # noqa: N818 - it says so
    """What the provider of these tests raises when it has too much to do."""


@dramatiq.actor(actor_name="t.adaptive", queue_name="t.adaptive", max_retries=0)
def call(at_once: int | None, *, busy: bool) -> None:
    """Hold a turn at a provider that is busy, or is not."""
    try:
        with limits.turn("t", at_once=at_once, busy=Busy):
            answer(busy=busy)
    except Busy as told:
        raise Snooze(60) from told


def answer(*, busy: bool) -> None:
    """Answer as the provider does."""
    if busy:
        raise Busy


def heard_long_ago() -> None:
    """Let the next refusal count for itself."""
    due_set.client().delete("bellwork:busy:t:heard")


def allowed() -> int:
    """Return how many are let in at once."""
    return adaptive.allowed(due_set.client(), "t", MOST)


def test_a_refusal_halves_what_is_let_in_and_one_is_always_left() -> None:
    """Of eight turns four, two, one, and still one; no retry is burnt."""
    left = [allowed()]
    for _ in range(4):
        assert 0 == run_inline(call, at_once=MOST, busy=True)["retries"]
        left.append(allowed())
        heard_long_ago()

    assert [8, 4, 2, 1, 1] == left


def test_refusals_that_come_together_count_as_one() -> None:
    """Eight calls were under way when the first of them was refused: that is one piece of news."""
    for _ in range(8):
        adaptive.halve(due_set.client(), "t", MOST)

    assert 4 == allowed()


def test_one_more_is_let_in_after_each_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """From four to all eight, one by one, without anybody's doing; and not one before its time."""
    began = time.monotonic()
    adaptive.halve(due_set.client(), "t", MOST)
    left = due_set.client().pttl("bellwork:busy:t") / 1000
    assert 0 <= 4 * adaptive.RECOVERY - left <= time.monotonic() - began + 0.01
    due_set.client().pexpire("bellwork:busy:t", 250)
    monkeypatch.setattr(adaptive, "RECOVERY", 0.125)
    seen = [allowed()]

    def all_back() -> bool:
        seen.append(allowed())
        return seen[-1] == MOST

    eventually(all_back)

    assert seen[0] >= MOST - 2
    assert sorted(seen) == seen


def test_what_is_let_in_is_what_a_turn_goes_by() -> None:
    """With one of two left, a second call finds no turn while the first is held."""
    adaptive.halve(due_set.client(), "t", 2)
    first = ConcurrentRateLimiter(RedisBackend(client=due_set.client()), "bellwork:turn:t:0", limit=1, ttl=10_000)
    with first.acquire():
        job = run_inline(call, at_once=2, busy=False)

    assert ("scheduled", 0) == (job["state"], job["retries"])


def test_a_success_and_a_call_without_a_limit_change_nothing() -> None:
    """There is nothing to halve where nothing is counted."""
    assert "done" == run_inline(call, at_once=MOST, busy=False)["state"]
    run_inline(call, at_once=None, busy=True)

    assert MOST == allowed()
    assert not look.jobs("t.adaptive", "dead")
