"""A master is killed and its workers live, or all of it dies at once: no work is lost, no process stays behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults import actors, invariants
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, notes, rows, worker_of
from tests.faults.kin import family, lives
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psutil

LEASE = 2
_LEFT = "SELECT extract(epoch FROM expires_at - now()) AS seconds FROM bellwork.workers WHERE pid = :pid"


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters of one process each, and a scheduler."""
    settings = {"LEASE": str(LEASE), "BEAT": "0.5"}
    with Cluster(ground, processes=1, threads=2, scheduler=True, settings=settings) as cluster:
        yield cluster


def test_w8_a_worker_whose_master_was_killed_ends_its_work_and_leaves(cluster: Cluster, ground: Path) -> None:
    """Its job outlives the lease and is done at its first attempt; then worker and heartbeat are gone."""
    worker, kin = _at_work("orphan", cluster, ground)
    os.kill(worker.master_pid, signal.SIGKILL)
    killed = time.monotonic()
    eventually(lambda: time.monotonic() - killed > LEASE + 1 and cluster.is_up(), PATIENCE)
    assert [1] == [job.attempt for job in jobs("orphan", "running")]
    assert rows(_LEFT, pid=worker.pid)[0].seconds > 0
    (ground / "go-orphan").touch()
    eventually(lambda: jobs("orphan", "done"), PATIENCE)
    done = time.monotonic()
    eventually(lambda: not any(map(lives, kin)), PATIENCE)
    sys.stdout.write(f"orphans gone {time.monotonic() - done:.2f} s after their last job\n")

    assert [(1, 0)] == [(job.attempt, job.crashes) for job in jobs("orphan")]
    assert ["orphan"] == effects("orphan")
    assert [] == rows(_LEFT, pid=worker.pid)
    invariants.check()


def test_w8_killed_with_its_master_and_its_heartbeat_a_worker_is_missed_all_the_same(
    cluster: Cluster, ground: Path
) -> None:
    """Nobody is left to see it die: its lease runs out, and its job runs elsewhere within 5 s."""
    worker, _ = _at_work("all", cluster, ground)
    os.killpg(worker.master_pid, signal.SIGKILL)
    killed = time.monotonic()
    eventually(lambda: len(notes(ground, "start", "all")) == 2, RECOVERY)
    sys.stdout.write(f"all killed: runs elsewhere after {time.monotonic() - killed:.2f} s\n")
    (ground / "go-all").touch()
    eventually(lambda: jobs("all", "done"), PATIENCE)

    assert [(2, 0)] == [(job.attempt, job.crashes) for job in jobs("all")]
    assert ["all"] == effects("all")
    invariants.check()


def test_w8_a_master_that_is_killed_while_it_boots_leaves_nothing_behind(cluster: Cluster) -> None:
    """Killed between its worker's start and its heartbeat's first beat: both notice, and end by themselves."""
    eventually(cluster.is_up, PATIENCE)
    kept = cluster.masters[0]
    starts = kept.starts
    kept.process.kill()
    eventually(lambda: kept.starts > starts and len(family(kept.process.pid)) == 2, PATIENCE)
    kin = family(kept.process.pid)
    kept.process.kill()
    try:
        eventually(lambda: not any(map(lives, kin)), PATIENCE)
        eventually(cluster.is_up, PATIENCE)
        invariants.check()
    finally:
        for process in filter(lives, kin):
            process.kill()


def _at_work(name: str, cluster: Cluster, ground: Path) -> tuple[Any, list[psutil.Process]]:
    """Have a job begun that waits; returns its worker, and the processes of its master, all of them at work."""
    eventually(cluster.is_up, PATIENCE)
    actors.hold.send(name=name)
    eventually(lambda: notes(ground, "start", name), PATIENCE)
    worker = worker_of(name)
    [kept] = [kept for kept in cluster.masters if kept.process.pid == worker.master_pid]
    eventually(kept.heart_is_up, PATIENCE)
    return worker, family(worker.master_pid)
