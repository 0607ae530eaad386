"""COMMIT reached PostgreSQL, its answer did not reach the worker: whatever the worker does now, it happened once."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.faults import actors, failpoints, invariants
from tests.faults.ground import PATIENCE, effects, jobs, notes, workers
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.proxy import Proxy, address_of, proxied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def way(ground: Path) -> Iterator[Proxy]:
    """The worker's way to PostgreSQL."""
    del ground
    with Proxy(address_of(os.environ["DATABASE_URL"])) as way:
        yield way


@pytest.fixture(scope="module")
def cluster(ground: Path, way: Proxy) -> Iterator[Cluster]:
    """One worker."""
    settings = {"DATABASE_URL": proxied(os.environ["DATABASE_URL"], way.port)}
    with Cluster(ground, masters=1, processes=1, settings=settings) as cluster:
        yield cluster


@pytest.mark.parametrize("end", ["unheard", "killed", "late"])
def test_w6_a_commit_whose_answer_never_came_counts_once(end: str, cluster: Cluster, way: Proxy, ground: Path) -> None:
    """The connection is lost, or the process killed while it waits, or the answer is late: one attempt, one effect."""
    eventually(cluster.is_up, PATIENCE)
    failpoints.order(ground, "before_commit", "sleep 0.5", "faults.nap")
    actors.nap.send(name=end)
    eventually(lambda: failpoints.taken(ground, "before_commit"), PATIENCE)
    way.delay(1.0) if end == "late" else way.mute()
    eventually(lambda: jobs(end, "done"), PATIENCE)
    if end == "killed":
        [worker] = workers()
        os.kill(worker.pid, signal.SIGKILL)
    way.heal()
    actors.nap.send(name=f"after-{end}")
    eventually(lambda: jobs(f"after-{end}", "done"), PATIENCE)

    [job] = jobs(end)
    assert (1, 0, 0) == (job.attempt, job.retries, job.crashes)
    assert 1 == len(notes(ground, "start", end))
    assert [end] == effects(end)
    invariants.check()
