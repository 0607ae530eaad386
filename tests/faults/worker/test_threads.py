"""A thread inside a worker fails or ends: the work goes on, here or by a new process."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults import actors, failpoints, invariants, perils
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, notes, workers
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: How long a worker may be short of a thread until it is replaced.
REPLACED = 30.0


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """One worker of one thread: whatever it loses, nobody else makes up for it."""
    settings = {"LEASE": "2", "BEAT": "0.5"}
    modules = "tests.faults.actors,tests.faults.perils"
    with Cluster(
        ground, masters=1, processes=1, threads=1, scheduler=True, settings=settings, modules=modules
    ) as cluster:
        yield cluster


def test_w17_a_consumer_that_fails_begins_anew(cluster: Cluster, ground: Path) -> None:
    """It raised in the middle of its claim: the same process takes the job within 10 s."""
    [pid] = _settled(cluster, ground)
    failpoints.order(ground, "before_claim", "raise", "faults")
    _works("consumer-failed", RECOVERY)

    assert [pid] == [worker.pid for worker in workers()]


def test_w17_a_consumer_that_fails_after_its_claim_hands_back_what_it_claimed(cluster: Cluster, ground: Path) -> None:
    """Nobody here knows of the claim: it is void within 10 s, uncounted, and the job runs."""
    [pid] = _settled(cluster, ground)
    failpoints.order(ground, "after_claim", "raise", "faults.nap")
    _works("claim-lost", RECOVERY)

    assert [(2, 0)] == [(job.attempt, job.crashes) for job in jobs("claim-lost")]
    assert [pid] == [worker.pid for worker in workers()]


def test_w17_a_consumer_that_is_gone_is_replaced(cluster: Cluster, ground: Path) -> None:
    """Its thread ended: within 30 s another process stands there, and somebody consumes the queue again."""
    [pid] = _settled(cluster, ground)
    failpoints.order(ground, "before_claim", "end", "faults")
    # The claim that takes this job may have begun before the order: the replacement is to be waited for all the same.
    _works("consumer-gone", REPLACED)
    eventually(lambda: pid not in {worker.pid for worker in workers()}, REPLACED)


def test_w17_an_acknowledgement_that_fails_costs_no_thread(cluster: Cluster, ground: Path) -> None:
    """Its job was committed before: the only thread there is takes the next job within 10 s."""
    [pid] = _settled(cluster, ground)
    failpoints.order(ground, "before_ack", "raise", "faults.nap")
    actors.nap.send(name="unacknowledged")
    _works("after-unacknowledged", RECOVERY)

    assert [("done", 1)] == [(job.state, job.attempt) for job in jobs("unacknowledged")]
    assert [pid] == [worker.pid for worker in workers()]


def test_w17_a_job_whose_acknowledgement_fails_is_run_again(cluster: Cluster, ground: Path) -> None:
    """Nothing is known of its end, and nobody waits for the hard limit: it is done within 10 s."""
    _settled(cluster, ground)
    failpoints.order(ground, "before_ack", "raise", "faults.look")
    perils.look.send(name="unknown")
    eventually(lambda: jobs("unknown", "done"), RECOVERY)

    assert 2 == len(notes(ground, "start", "unknown"))


def test_w17_a_worker_thread_that_is_gone_is_replaced(cluster: Cluster, ground: Path) -> None:
    """It ended in the acknowledgement: within 30 s the next job runs."""
    _settled(cluster, ground)
    failpoints.order(ground, "before_ack", "end", "faults.nap")
    actors.nap.send(name="thread-gone")
    _works("after-thread-gone", REPLACED)

    assert [("done", 1)] == [(job.state, job.attempt) for job in jobs("thread-gone")]


def _settled(cluster: Cluster, ground: Path) -> list[int]:
    """Wait until everything stands, and return the worker's process."""
    [kept] = cluster.masters
    eventually(lambda: cluster.is_up() and kept.heart_is_up(), PATIENCE)
    failpoints.clear(ground)
    return [worker.pid for worker in workers() if worker.master_pid == kept.process.pid]


def _works(name: str, seconds: float) -> None:
    """Have a job done within so many seconds, once."""
    began = time.monotonic()
    actors.nap.send(name=name)
    eventually(lambda: jobs(name, "done"), seconds)
    sys.stdout.write(f"{name}: done after {time.monotonic() - began:.2f} s\n")
    assert [name] == effects(name)
    invariants.check()


def _outlives_a_lease(name: str) -> bool:
    actors.nap.send(name=name, seconds=3.0)
    eventually(lambda: jobs(name, "done"), REPLACED)
    return [(1, 0)] == [(job.attempt, job.crashes) for job in jobs(name)]
