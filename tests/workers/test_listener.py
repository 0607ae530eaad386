"""A few blocking connections serve all queues of a process, and each consumer gets its own queue's jobs, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bellwork.db.ledger import Due
from bellwork.workers import due_set
from bellwork.workers.listener import ASKERS, Listener
from tests.conftest import _fresh
from tests.helpers import eventually
from tests.workers.process import patient_with_redis

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from bellwork.ops.embedded import Stack

#: A consumer of these tests waits so long (seconds) for what is offered meanwhile.
WAITS = 30.0
QUEUES = [f"t.heard{number}" for number in range(150)]


@pytest.fixture(scope="module", autouse=True)
def redis(stack: Stack, template: str) -> Iterator[str]:
    """An empty Valkey for all of these tests: they leave nothing in it, and wait longer than a consumer does."""
    with patient_with_redis():
        yield from _fresh(stack, template)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """A thread for each consumer."""
    with ThreadPoolExecutor(len(QUEUES)) as pool:
        yield pool


def offer(queue: str, *ids: int) -> None:
    """Add due jobs to a set."""
    due_set.add(Due(number, queue, 0, number) for number in ids)


def blocked() -> int:
    """Count the clients that block."""
    return int(due_set.client().info("clients")["blocked_clients"])


def all_wait(threads: ThreadPoolExecutor, listener: Listener, seconds: float) -> dict[str, Future[list[int] | None]]:
    """Let a consumer of each queue wait."""
    waiting = {queue: threads.submit(listener.pop, queue, 4, seconds) for queue in QUEUES}
    eventually(lambda: set(QUEUES) == listener._asked and blocked() == ASKERS)
    return waiting


def test_few_connections_wait_for_all_queues_and_each_gets_its_own(threads: ThreadPoolExecutor) -> None:
    """With 150 queues four clients block and few are connected; what is offered reaches its consumer, and no other."""
    before = len(due_set.client().client_list())
    waiting = all_wait(threads, Listener(), WAITS)
    connected = len(due_set.client().client_list()) - before
    for number, queue in enumerate(reversed(QUEUES)):
        offer(queue, 10 * number + 1, 10 * number + 2)
    taken = {queue: waiting[queue].result(WAITS) for queue in QUEUES}

    assert connected <= due_set.CONNECTIONS + ASKERS
    assert {queue: [10 * n + 1, 10 * n + 2] for n, queue in enumerate(reversed(QUEUES))} == taken


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Listener:
    """A listener of which one consumer asks for all."""
    monkeypatch.setattr("bellwork.workers.listener.ASKERS", 1)
    return Listener()


def test_nobody_waits_for_his_time_to_be_over_behind_another(threads: ThreadPoolExecutor, alone: Listener) -> None:
    """Who waits for a moment gets his empty answer, and who asks for him too goes on for himself."""
    long = threads.submit(alone.pop, QUEUES[0], 4, WAITS)
    eventually(lambda: blocked() == 1)

    assert [] == alone.pop(QUEUES[1], 4, 0.01)
    assert not long.done()
    offer(QUEUES[0], 1)
    assert [1] == long.result(WAITS)


def test_another_asks_when_the_one_who_asked_for_all_has_its_job(threads: ThreadPoolExecutor, alone: Listener) -> None:
    """Who comes later is asked for at once, and goes on asking when the first has its job and leaves."""
    first, second = (threads.submit(alone.pop, queue, 4, WAITS) for queue in QUEUES[:2])
    eventually(lambda: set(QUEUES[:2]) == alone._asked)
    offer(QUEUES[0], 1)

    assert [1] == first.result(WAITS)
    offer(QUEUES[1], 2)
    assert [2] == second.result(WAITS)


def test_nobody_gets_more_than_he_wants(threads: ThreadPoolExecutor, alone: Listener) -> None:
    """The smallest wish counts for all; who wants more takes the rest from its own set, and what is left stays."""
    first = threads.submit(alone.pop, QUEUES[0], 1, WAITS)
    second = threads.submit(alone.pop, QUEUES[1], 3, WAITS)
    eventually(lambda: set(QUEUES[:2]) == alone._asked)
    offer(QUEUES[1], 1, 2, 3, 4)
    offer(QUEUES[0], 5, 6)

    assert ([5], [1, 2, 3]) == (first.result(WAITS), second.result(WAITS))
    assert ([6], [4]) == (due_set.pop(QUEUES[0], 9), due_set.pop(QUEUES[1], 9))


def test_what_comes_for_who_has_gone_is_in_its_set_again(alone: Listener) -> None:
    """Nothing is kept in a process for a consumer that does not wait."""
    offer(QUEUES[0], 1, 2)
    found = due_set.wait(QUEUES[:1], 2, 1)
    assert found is not None
    alone._hand_over(found, emptied=True)

    assert [1, 2] == due_set.pop(QUEUES[0], 9)


@pytest.mark.parametrize("askers", [1, 2, 6])
def test_every_job_is_taken_once(askers: int, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six consumers that come and go, and jobs that come in drops: nothing is lost, doubled, or given to another."""
    monkeypatch.setattr("bellwork.workers.listener.ASKERS", askers)
    listener, queues = Listener(), QUEUES[:6]
    wanted = {queue: set(range(place * 1_000, place * 1_000 + 100)) for place, queue in enumerate(queues)}

    def consume(queue: str) -> list[int]:
        taken: list[int] = []
        while len(taken) < 100 and (some := listener.pop(queue, 1 + len(taken) % 5, WAITS)):
            taken += some
        return taken

    consuming = {queue: threads.submit(consume, queue) for queue in queues}
    for drop in range(100):
        due_set.add(Due(place * 1_000 + drop, queue, 0, drop) for place, queue in enumerate(queues))

    taken = {queue: consuming[queue].result(WAITS) for queue in queues}
    assert wanted == {queue: set(ids) for queue, ids in taken.items()}
    assert [100] * 6 == [len(ids) for ids in taken.values()]


def test_a_redis_that_goes_and_comes_is_told_once_each(stack: Stack, threads: ThreadPoolExecutor) -> None:
    """Everybody who waits hears of it at once, and the log has one line for the change, however many ask."""
    with capture_logs() as logs:
        listener = Listener()
        waiting = all_wait(threads, listener, WAITS)
        stack.stop_redis()
        try:
            assert {None} == {each.result(WAITS) for each in waiting.values()}
            assert listener.pop(QUEUES[0], 4, 1) is None
        finally:
            stack.start_redis()
        eventually(lambda: due_set.usable() and listener.pop(QUEUES[0], 4, 0.01) == [])

    assert ["warning", "info"] == [line["log_level"] for line in logs]
