"""A hundred thousand jobs in one transaction: whoever works beside it hardly notices, before its commit and after."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from tests.faults import actors, chores, invariants
from tests.faults.ground import PATIENCE, jobs, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOKS = 200
_FLOOD = """
SELECT set_config('statement_timeout', '600s', true), bellwork.enqueue_many((
    SELECT jsonb_agg(jsonb_build_object('actor', 'faults.tidy', 'args', jsonb_build_object('name', 'flood-' || number)))
    FROM generate_series(1, :many) number))
"""
_LEFT = "SELECT count(*) FROM bellwork.jobs WHERE queue = 'chores' AND state = 'available'"
_FORGET = "DELETE FROM bellwork.jobs WHERE queue = 'chores' AND state = 'available'"


class _Undone(Exception):  # noqa: N818 - it takes a claim back, that is all
    """Raised to leave no trace of a claim that was only timed."""


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """One master of two processes, and a scheduler."""
    modules = "tests.faults.actors,tests.faults.chores"
    with Cluster(ground, masters=1, modules=modules, scheduler=True) as cluster:
        yield cluster


@pytest.mark.timeout(900)
@pytest.mark.parametrize("many", [100_000, pytest.param(1_000_000, marks=pytest.mark.soak)])
def test_q7_a_flood_of_jobs_does_not_drown_the_others(many: int, cluster: Cluster) -> None:
    """Jobs of another queue, and urgent ones of its own, are done within seconds; a claim takes no longer."""
    eventually(cluster.is_up, PATIENCE)
    before = _claim_time()
    flood = Thread(target=rows, args=(_FLOOD,), kwargs={"many": many})
    began = time.monotonic()
    flood.start()
    meanwhile = _wait_of_neighbours(f"meanwhile-{many}")
    flood.join()
    took = time.monotonic() - began
    after = _wait_of_neighbours(f"after-{many}")
    urgent = _wait_of_urgent(f"urgent-{many}")
    [(left,)] = rows(_LEFT)
    loaded = _claim_time()
    sys.stdout.write(
        f"{many} in {took:.2f} s; neighbours {meanwhile:.2f} s meanwhile, {after:.2f} s after; urgent {urgent:.2f} s;"
        f" claim p99 {before * 1000:.1f} ms empty, {loaded * 1000:.1f} ms with {left} due\n"
    )
    rows(_FORGET)

    assert left > 0.2 * many
    assert max(after, urgent) < 15
    assert loaded < 1
    invariants.check()


def _wait_of_neighbours(name: str) -> float:
    """Send jobs to another queue, and return after how many seconds they were done."""
    began = time.monotonic()
    for number in range(10):
        actors.nap.send(name=f"{name}-{number}")
    eventually(lambda: len(jobs(f"{name}-%", "done")) == 10, 10 * PATIENCE)
    return time.monotonic() - began


def _wait_of_urgent(name: str) -> float:
    """Send an urgent job to the flooded queue, and return after how many seconds it was done."""
    began = time.monotonic()
    chores.tidy.send_with_options(kwargs={"name": name}, priority=-10)
    eventually(lambda: jobs(name, "done"), 10 * PATIENCE)
    return time.monotonic() - began


def _claim_time() -> float:
    """Return the 99th percentile of the seconds that a claim of one job takes, straight from the ledger."""
    worker = ledger.Worker(uuid4(), "elsewhere", 1, 1, [chores.CHORES], {"faults.tidy": None})
    with transaction() as conn:
        ledger.register_worker(conn, worker, 60)
    times = sorted(_timed_claim(worker) for _ in range(LOOKS))
    with transaction() as conn:
        ledger.deregister(conn, worker.id)
    return times[LOOKS * 99 // 100]


def _timed_claim(worker: ledger.Worker) -> float:
    took = 0.0
    with suppress(_Undone), transaction() as conn:
        began = time.monotonic()
        ledger.claim_next(conn, worker.id, chores.CHORES, ["faults.tidy"], 1)
        took = time.monotonic() - began
        raise _Undone
    return took
