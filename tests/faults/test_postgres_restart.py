"""PostgreSQL restarted under running jobs: nothing is lost or doubled, every worker comes back by itself."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults import actors
from tests.faults.ground import PATIENCE, effects, jobs, notes, workers
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Literal

    from ops.embedded import Stack

JOBS = 20


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters, with threads enough for all jobs at once, and a scheduler."""
    with Cluster(ground, threads=8, scheduler=True) as cluster:
        yield cluster


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_workers_outlive_a_restart_of_postgresql(
    mode: Literal["fast", "immediate"], cluster: Cluster, ground: Path, stack: Stack
) -> None:
    """Twenty jobs run, PostgreSQL goes and comes; each job is done with one effect, by the same processes."""
    before = {worker.pid for worker in workers()}
    names = [f"{mode}-{number}" for number in range(JOBS)]
    for name in names:
        actors.hold.send(name=name)
    eventually(lambda: len(jobs(f"{mode}-%", "running")) == JOBS, PATIENCE)
    stack.kill_postgres(mode)
    for name in names:
        (ground / f"go-{name}").touch()
    stack.start_postgres()
    began = time.monotonic()
    eventually(lambda: len(jobs(f"{mode}-%", "done")) == JOBS, PATIENCE)
    sys.stdout.write(f"{mode}: all done {time.monotonic() - began:.2f} s after PostgreSQL was back\n")

    assert sorted(names) == effects(f"{mode}-%")
    assert dict.fromkeys(names, True) == {name: bool(notes(ground, "start", name)) for name in names}
    eventually(lambda: before == {worker.pid for worker in workers()}, PATIENCE)
    assert [1] * 3 == [kept.starts for kept in cluster.kept]
