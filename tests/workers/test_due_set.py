"""The due set holds ids and scores only, and is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db import engine
from bellwork.db.ledger import Due
from bellwork.db.settings import SettingsError
from bellwork.workers import due_set
from tests.helpers import eventually

if TYPE_CHECKING:
    from bellwork.ops.embedded import Stack


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


@pytest.mark.usefixtures("redis_url")
def test_a_dear_look_is_taken_once_for_all_queues_apart() -> None:
    """Of those who ask, one gets it until its time is over; each queue has its own, and a note counts as taken."""
    asked = [due_set.take_poll_lock(queue, 60) for queue in ("t.one", "t.one", "t.two")]
    due_set.client().delete("bellwork:look:t.one")
    due_set.note_polls(["t.one", "t.three"], 60)
    noted = [due_set.take_poll_lock(queue, 60) for queue in ("t.one", "t.three")]
    due_set.client().pexpire("bellwork:look:t.one", 1)
    eventually(lambda: due_set.take_poll_lock("t.one", 60))

    assert ([True, False, True], [False, False]) == (asked, noted)


def test_without_redis_everybody_takes_his_own(stack: Stack, database: str) -> None:
    """What cannot be shared is not left undone."""
    del database
    stack.stop_redis()
    try:
        taken = [due_set.take_poll_lock("t.one", 60) for _ in range(2)]
        due_set.note_polls(["t.one"], 60)
    finally:
        stack.start_redis()

    assert [True, True] == taken
