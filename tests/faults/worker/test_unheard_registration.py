"""A worker that could not register, or never heard that it did, is no worker that is alive and takes nothing."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.faults import actors, invariants
from tests.faults.ground import PATIENCE, effects, jobs
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


@pytest.mark.parametrize("lost", ["INSERT INTO bellwork.workers", "COMMIT"])
def test_w16_a_worker_whose_registration_was_cut_off_takes_jobs(lost: str, cluster: Cluster, way: Proxy) -> None:
    """Its connection is lost inside the registration or before the answer to its commit; the next job is done by it."""
    eventually(cluster.is_up, PATIENCE)
    [master] = cluster.masters
    way.lose_reply(lost.encode())
    os.killpg(master.process.pid, signal.SIGKILL)
    actors.nap.send(name=lost)
    eventually(lambda: jobs(lost, "done"), PATIENCE)

    assert [lost] == effects(lost)
    invariants.check()
