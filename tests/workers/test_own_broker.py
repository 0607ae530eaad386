"""An application's own LedgerBroker is as good as the module's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dramatiq
import pytest
from dramatiq.middleware import default_middleware

from bellwork.workers import LedgerBroker, limits
from tests.helpers import eventually
from tests.workers import look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def run_worker() -> Iterator[Callable[[LedgerBroker], None]]:
    """Start a worker of a broker, and stop it at the end."""
    started: list[dramatiq.Worker] = []

    def start(broker: LedgerBroker) -> None:
        started.append(dramatiq.Worker(broker, worker_timeout=100, worker_threads=2))
        started[-1].start()

    yield start
    for worker in started:
        worker.stop()


@pytest.mark.parametrize("listed", [False, True], ids=["its own list", "Dramatiq's list"])
def test_a_limited_job_runs_under_an_applications_broker(
    database: str, run_worker: Callable[[LedgerBroker], None], listed: bool
) -> None:
    """With Dramatiq's own list of middleware as well, as web frameworks' packages give it."""
    del database
    own = LedgerBroker(middleware=[kind() for kind in default_middleware] if listed else None)

    @dramatiq.actor(broker=own, actor_name="t.own_broker", queue_name="t.own_broker", max_retries=0, time_limit=5_000)
    def take() -> None:
        with limits.turn("t.own_broker", at_once=1, per_minute=5):
            pass

    run_worker(own)
    take.send()

    eventually(lambda: look.states("t.own_broker") == ["done"], 20)
