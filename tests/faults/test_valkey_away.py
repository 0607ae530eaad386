"""Valkey emptied, stopped and started in the middle of work, or away all the time: it costs latency, never a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db.engine import transaction
from tests.faults.ground import PATIENCE, rows
from tests.faults.orders import ask, assert_once, is_done
from tests.faults.processes import Cluster
from tests.helpers import eventually
from workers import due_set

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ops.embedded import Stack

REQUESTS = 200


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters and a scheduler."""
    with Cluster(ground, scheduler=True, threads=8) as cluster:
        yield cluster


def test_valkey_may_be_emptied_and_restarted_in_the_middle_of_work(cluster: Cluster, stack: Stack) -> None:
    """Of 200 requests under way, every one passes each status once."""
    assert cluster.is_up()
    with transaction():
        for number in range(REQUESTS):
            ask(f"many-{number}")
    _await_effects(60)
    due_set.client().flushall()
    _await_effects(150)
    stack.stop_redis()
    _await_effects(200)
    stack.start_redis()
    eventually(lambda: is_done("many-%", REQUESTS), PATIENCE)

    assert_once("many-%", REQUESTS)


def test_work_goes_on_without_valkey(cluster: Cluster, stack: Stack) -> None:
    """Asked and done while Valkey is stopped: the workers read the books."""
    assert cluster.is_up()
    stack.stop_redis()
    try:
        with transaction():
            for number in range(20):
                ask(f"alone-{number}")
        eventually(lambda: is_done("alone-%", 20), PATIENCE)
    finally:
        stack.start_redis()

    assert_once("alone-%", 20)


def _await_effects(count: int) -> None:
    def written() -> bool:
        [(found,)] = rows("SELECT count(*) FROM effects WHERE what LIKE 'many-%'")
        return int(found) >= count

    eventually(written, PATIENCE)
