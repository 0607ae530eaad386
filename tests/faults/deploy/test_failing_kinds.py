"""Kinds of work that fail, never end or take their process along: each ends in its time, and the others have theirs."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults import actors, chores, failing, invariants
from tests.faults.ground import PATIENCE, effects, jobs, notes
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = "tests.faults.actors,tests.faults.chores,tests.faults.failing"
CHANCES = 2


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters of one process with two threads each, quick to give up."""
    settings = {"MAX_CRASHES": str(CHANCES)}
    with Cluster(ground, processes=1, threads=2, modules=MODULES, scheduler=True, settings=settings) as cluster:
        yield cluster


def test_q6_jobs_that_fail_keep_nobody_from_working(cluster: Cluster) -> None:
    """Forty that never succeed, forty that do at the second try, forty that just run: all end as they have to."""
    eventually(cluster.is_up, PATIENCE)
    began = time.monotonic()
    for number in range(40):
        failing.fail.send(name=f"never-{number}")
        chores.stumble.send(name=f"second-{number}")
        actors.nap.send(name=f"first-{number}")
    eventually(lambda: len(jobs("first-%", "done")) == 40, PATIENCE)
    took = time.monotonic() - began
    eventually(lambda: len(jobs("second-%", "done")) == len(jobs("never-%", "dead")) == 40, PATIENCE)
    sys.stdout.write(f"good ones done after {took:.2f} s, all ended after {time.monotonic() - began:.2f} s\n")

    assert {(4, "ValueError")} == {(job.retries, job.reason.split(":")[0]) for job in jobs("never-%")}
    assert {1} == {job.retries for job in jobs("second-%")}
    assert (40, 40, 0) == (len(effects("first-%")), len(effects("second-%")), len(effects("never-%")))
    invariants.check()


def test_q6_jobs_that_send_themselves_leave_room_for_others(cluster: Cluster, ground: Path) -> None:
    """Twice as many endless chains as threads: what is sent later is done within a few seconds all the same."""
    eventually(cluster.is_up, PATIENCE)
    (ground / "stop").unlink(missing_ok=True)
    for number in range(8):
        failing.again.send(name=f"chain-{number}")
    eventually(lambda: {f"chain-{number}" for number in range(8)} == set(effects("chain-%")), PATIENCE)
    began = time.monotonic()
    for number in range(20):
        actors.nap.send(name=f"between-{number}")
    eventually(lambda: len(jobs("between-%", "done")) == 20, PATIENCE)
    took = time.monotonic() - began
    (ground / "stop").touch()
    eventually(lambda: not _unfinished("chain-%"), PATIENCE)
    sys.stdout.write(f"20 jobs between 8 chains: {took:.2f} s; the chains made {len(jobs('chain-%'))} jobs\n")

    assert took < 15
    assert len(jobs("chain-%", "done")) == len(jobs("chain-%")) == len(effects("chain-%"))
    invariants.check()


def test_q8_a_kind_that_kills_every_worker_ends_and_the_fleet_recovers(cluster: Cluster, ground: Path) -> None:
    """Four jobs, each costs two processes at most; a minute later at the latest all is up, and what is sent is done."""
    starts, took = _endure("deadly", 4, cluster)
    sys.stdout.write(f"4 deadly jobs: {starts} deaths, dead after {took:.2f} s\n")
    actors.nap.send(name="afterwards")
    eventually(lambda: jobs("afterwards", "done"), PATIENCE)

    assert starts <= 4 * CHANCES
    assert all(len(notes(ground, "start", f"deadly-{number}")) <= CHANCES for number in range(4))
    invariants.check()


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_q8_nobody_dies_of_a_kind_that_kills_every_worker(cluster: Cluster) -> None:
    """Of twenty deadly jobs and twenty harmless ones beside them the harmless are done; takes minutes of restarts."""
    starts, took = _endure("lethal", 20, cluster)
    sys.stdout.write(f"20 deadly jobs: {starts} deaths, dead after {took:.2f} s\n")
    eventually(lambda: not _unfinished("beside-lethal-%"), PATIENCE)

    assert ["done"] * 20 == [job.state for job in jobs("beside-lethal-%")]
    invariants.check()


def _endure(name: str, many: int, cluster: Cluster) -> tuple[int, float]:
    """Send so many deadly jobs, each with a harmless one beside it; return the deaths and the seconds they took."""
    eventually(cluster.is_up, PATIENCE)
    before, began = sum(master.starts for master in cluster.masters), time.monotonic()
    for number in range(many):
        actors.crash.send(name=f"{name}-{number}")
        actors.nap.send(name=f"beside-{name}-{number}", seconds=0.05)
    eventually(lambda: len(jobs(f"{name}-%", "dead")) == many, many * PATIENCE / 2)
    took = time.monotonic() - began
    eventually(cluster.is_up, PATIENCE)
    return sum(master.starts for master in cluster.masters) - before, took


def _unfinished(name: str) -> bool:
    return any(job.state in {"available", "running"} for job in jobs(name))
