"""The heartbeat beside a worker is gone, and Dramatiq's master starts no second one: the worker helps itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults import actors, invariants
from tests.faults.ground import PATIENCE, jobs, workers
from tests.faults.kin import heart_of, lives
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """One worker with a short lease, and a scheduler that rescues what it loses."""
    settings = {"LEASE": "2", "BEAT": "0.5"}
    with Cluster(ground, masters=1, processes=1, scheduler=True, settings=settings) as cluster:
        yield cluster


def test_w17_without_a_heartbeat_work_outlives_its_lease(cluster: Cluster) -> None:
    """Three seconds of work with a lease of two are done at one attempt."""
    _kill_the_heart(cluster)
    actors.nap.send(name="heartless", seconds=3.0)
    eventually(lambda: jobs("heartless", "done"), PATIENCE)

    assert [(1, 0)] == [(job.attempt, job.crashes) for job in jobs("heartless")]
    invariants.check()


@pytest.mark.soak
def test_w17_a_worker_without_a_heartbeat_is_replaced(cluster: Cluster) -> None:
    """It waits 15 s for a heartbeat that may be slow, which is why this is a soak; then it ends its work and leaves."""
    _kill_the_heart(cluster)
    [kept] = cluster.masters
    before, starts = [worker.pid for worker in workers()], kept.starts
    actors.nap.send(name="long", seconds=20.0)
    eventually(lambda: kept.starts > starts and cluster.is_up() and kept.heart_is_up(), 60)

    assert [("done", 1, 0)] == [(job.state, job.attempt, job.crashes) for job in jobs("long")]
    assert not set(before) & {worker.pid for worker in workers()}
    invariants.check()


def _kill_the_heart(cluster: Cluster) -> None:
    """Kill the heartbeat, which is there, started anew with its master if a test before has killed it."""
    [kept] = cluster.masters
    eventually(lambda: cluster.is_up() and kept.heart_is_up(), PATIENCE)
    if heart_of(kept.process.pid) is None:
        starts = kept.starts
        kept.process.terminate()
        eventually(lambda: kept.starts > starts and cluster.is_up() and kept.heart_is_up(), PATIENCE)
    heart = heart_of(kept.process.pid)
    assert heart
    heart.kill()
    eventually(lambda: not lives(heart), PATIENCE)
