"""PostgreSQL restarts, crashes or cuts sessions under running jobs: nothing is lost or doubled, and nobody helps."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import DatabaseError
from tests.faults import actors, failpoints, invariants, orders
from tests.faults.ground import PATIENCE, effects, jobs, notes, rows, workers
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Literal

    from bellwork.ops.embedded import Stack

JOBS = 20
LEASE = 2
#: Seconds from PostgreSQL's return until everything is done; generous, for it takes half of them on a quiet machine.
BOUND = 20.0
#: All sessions but the test's own.
_OTHERS = """
FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters, with threads enough for all jobs at once, and a scheduler."""
    settings = {"LEASE": str(LEASE), "BEAT": "0.5"}
    with Cluster(ground, processes=1, threads=JOBS, scheduler=True, settings=settings) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def same_workers(cluster: Cluster) -> Iterator[None]:
    """Whatever happens in a test, no process ends by it, and the ledger is whole."""
    before = {worker.pid for worker in workers()}
    yield
    eventually(lambda: before == {worker.pid for worker in workers()}, PATIENCE)
    assert [1] * 3 == [kept.starts for kept in cluster.kept]
    invariants.check()


@pytest.mark.parametrize(("mode", "away"), [("fast", 0), ("immediate", 2 * LEASE)])
def test_g1_workers_outlive_a_restart_of_postgresql(
    mode: Literal["fast", "immediate"], away: float, ground: Path, stack: Stack
) -> None:
    """Twenty jobs run, PostgreSQL goes, even for two leases, and comes: each is done with one effect within 10 s."""
    names = [f"{mode}-{number:02}" for number in range(JOBS)]
    for name in names:
        actors.hold.send(name=name)
    eventually(lambda: all(notes(ground, "start", name) for name in names), PATIENCE)
    stack.kill_postgres(mode)
    gone = time.monotonic()
    for name in names:
        (ground / f"go-{name}").touch()
    eventually(lambda: time.monotonic() >= gone + away, PATIENCE)
    stack.start_postgres()
    _report(f"restart, {mode}", lambda: len(jobs(f"{mode}-%", "done")) == JOBS)

    assert names == effects(f"{mode}-%")


def test_g2_sessions_that_are_cut_again_and_again_cost_nothing() -> None:
    """Claims, beats and effects lose their connections ten times while requests pass: all are done, once."""
    names = [f"cut-{number}" for number in range(JOBS)]
    for number, name in enumerate(names):
        orders.ask(name)
        if number % 2:
            rows("SELECT pg_terminate_backend(pid)" + _OTHERS)
    _report("sessions cut", lambda: orders.is_done("cut-%", JOBS))

    orders.assert_once("cut-%", JOBS)


def test_g2_a_session_cut_right_before_its_commit_takes_its_effect_along(ground: Path) -> None:
    """The attempt fails, nothing of it is kept, and its second attempt writes the effect, once."""
    failpoints.order(ground, "before_commit", "sleep 3", "faults.nap")
    actors.nap.send(name="half")
    eventually(lambda: failpoints.taken(ground, "before_commit"), PATIENCE)
    assert {(True,)} == set(rows("SELECT pg_terminate_backend(pid)" + _OTHERS + "AND state = 'idle in transaction'"))
    _report("cut before its commit", lambda: jobs("half", "done"))

    assert ["half"] == effects("half")
    assert [(2, 1)] == [(job.attempt, job.retries) for job in jobs("half")]


def test_g2_a_crashed_session_that_resets_the_server_costs_seconds(ground: Path) -> None:
    """One session ended by SIGKILL makes PostgreSQL end all others and recover: the pipeline is done, once."""
    names = [f"crash-{number}" for number in range(JOBS)]
    actors.hold.send(name="holding")
    eventually(lambda: notes(ground, "start", "holding"), PATIENCE)
    for name in names:
        orders.ask(name)
    os.kill(rows("SELECT pid" + _OTHERS)[0].pid, signal.SIGKILL)
    (ground / "go-holding").touch()
    _report("one session crashed", lambda: orders.is_done("crash-%", JOBS) and jobs("holding", "done"))

    orders.assert_once("crash-%", JOBS)
    assert ["holding"] == effects("holding")


def _report(what: str, fact: Callable[[], object]) -> None:
    """Wait until the fact is true, asking a server that recovers again and again, and print how long it took."""

    def is_true() -> object:
        try:
            return fact()
        except DatabaseError:
            return False

    began = time.monotonic()
    eventually(is_true, BOUND)
    sys.stdout.write(f"{what}: all done after {time.monotonic() - began:.2f} s\n")
