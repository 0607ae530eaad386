"""kill -9 of whoever delivers, at each step: nothing is lost, and nothing waits for the dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import transaction
from bellwork.db.webhooks import emit
from tests.faults import failpoints
from tests.faults.ground import PATIENCE, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.tasks.webhooks.receiver import Receiver, opened
from tests.tasks.webhooks.told import added

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVENTS = 60


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """A real receiver."""
    with opened() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters and a scheduler."""
    settings = {"WEBHOOK_PRIVATE": "true", "LEASE": "2", "BEAT": "0.5"}
    with Cluster(ground, systems="none", modules="", processes=1, scheduler=True, settings=settings) as cluster:
        yield cluster


@pytest.mark.parametrize("point", ["before_webhook", "before_webhooks_settled", "before_commit"])
def test_w3_a_kill_loses_no_delivery(cluster: Cluster, receiver: Receiver, ground: Path, point: str) -> None:
    """Each event comes, under one id at every try, within seconds: another process takes what the dead one held."""
    path = f"/{point}"
    endpoint, _ = added(receiver.url(path), f"kill.{point}")
    failpoints.order(ground, point, "kill9")
    for number in range(EVENTS):
        with transaction() as conn:
            emit(conn, f"kill.{point}", {"enrollment_id": number}, str(number))
    eventually(lambda: failpoints.taken(ground, point), PATIENCE)
    eventually(lambda: _states(endpoint) == {("delivered", EVENTS)}, PATIENCE)
    eventually(cluster.is_whole, PATIENCE)

    assert len(set(receiver.events(path))) == EVENTS
    assert len(receiver.events(path)) <= EVENTS + 200
    assert receiver.most_open[path] <= 2 + 2
    eventually(lambda: rows("SELECT FROM bellwork.webhook_endpoints WHERE job_id IS NOT NULL") == [], 20)


def _states(endpoint: int) -> set[tuple[str, int]]:
    counted = "SELECT state, count(*) FROM bellwork.webhook_deliveries WHERE endpoint_id = :endpoint GROUP BY 1"
    return {(state, count) for state, count in rows(counted, endpoint=endpoint)}
