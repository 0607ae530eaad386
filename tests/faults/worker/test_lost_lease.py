"""A worker that lost its lease, frozen or cut off, finds its work done by another, and can change nothing."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults import failpoints, invariants, perils
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, notes, rows, worker_of, workers
from tests.faults.orders import begin_on
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.proxy import Proxy, address_of, proxied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEASE = 2
_COUNTED = "SELECT reason, sum(times) FROM bellwork.occurrences WHERE kind = :kind AND reason <> 'cancelled' GROUP BY 1"
_LEFT = "SELECT extract(epoch FROM expires_at - now()) FROM bellwork.workers"


@pytest.fixture(scope="module")
def way(ground: Path) -> Iterator[Proxy]:
    """The one worker's way to PostgreSQL, while the other one goes straight."""
    del ground
    with Proxy(address_of(os.environ["DATABASE_URL"])) as way:
        yield way


@pytest.fixture(scope="module")
def clusters(ground: Path, way: Proxy) -> Iterator[tuple[Cluster, Cluster]]:
    """Two workers with short leases; the first one can be cut off."""
    by_way = {"DATABASE_URL": proxied(os.environ["DATABASE_URL"], way.port)}
    with _cluster(ground, by_way) as one, _cluster(ground, {}, scheduler=True) as other:
        eventually(lambda: all(left < LEASE for (left,) in rows(_LEFT)), PATIENCE)
        yield one, other


@pytest.fixture
def pid(clusters: tuple[Cluster, Cluster], ground: Path) -> int:
    """Return the process that can be cut off; both are at work."""
    eventually(lambda: all(cluster.is_up() for cluster in clusters), PATIENCE)
    failpoints.clear(ground)
    masters = {worker.master_pid: worker.pid for worker in workers()}
    return int(masters[clusters[0].masters[0].process.pid])


def test_w9_a_frozen_worker_that_comes_back_writes_nothing(
    pid: int, clusters: tuple[Cluster, Cluster], ground: Path
) -> None:
    """Frozen past its lease: its job runs elsewhere, once; its late transaction raises LostLease; it works again.

    That it fell silent, what was taken from it and that it came too late is counted.
    """
    before = [sum(times for _, times in rows(_COUNTED, kind=kind)) for kind in ("ended", "reclaimed", "fenced")]
    name = begin_on(pid, "frozen", ground)
    os.kill(pid, signal.SIGSTOP)
    _runs_elsewhere(name, ground)
    (ground / f"go-{name}").touch()
    eventually(lambda: jobs(name, "done"), PATIENCE)
    os.kill(pid, signal.SIGCONT)
    eventually(lambda: notes(ground, "fenced", name), PATIENCE)

    _assert_done_elsewhere(name, pid, ground)
    eventually(lambda: sum(times for _, times in rows(_COUNTED, kind="fenced")) > before[2], PATIENCE)
    assert sum(times for _, times in rows(_COUNTED, kind="ended")) > before[0]
    assert sum(times for _, times in rows(_COUNTED, kind="reclaimed")) > before[1]
    assert [1, 1] == [cluster.masters[0].starts for cluster in clusters]


@pytest.mark.soak
def test_w9_a_worker_frozen_inside_its_transaction_loses_it(pid: int, ground: Path) -> None:
    """PostgreSQL lets its locks go after 10 s of silence, which is why this is a soak: then its job runs elsewhere."""
    name = begin_on(pid, "locked", ground)
    failpoints.order(ground, "before_commit", "stop", "faults.hold")
    (ground / f"go-{name}").touch()
    eventually(lambda: failpoints.taken(ground, "before_commit"), PATIENCE)
    eventually(lambda: jobs(name, "done"), PATIENCE)
    os.kill(pid, signal.SIGCONT)

    _assert_done_elsewhere(name, pid, ground)


@pytest.mark.usefixtures("pid")
def test_w9_a_file_of_a_frozen_worker_never_takes_the_place_of_the_one_that_counts(ground: Path) -> None:
    """Frozen between writing a file and naming it: the other's file stays, the late one vanishes without a trace."""
    failpoints.order(ground, "before_name", "stop", "kept/late")
    perils.keep.send(name="late")
    eventually(lambda: failpoints.taken(ground, "before_name"), PATIENCE)
    frozen = int(worker_of("late").pid)
    eventually(lambda: jobs("late", "done"), PATIENCE)
    os.kill(frozen, signal.SIGCONT)
    eventually(lambda: notes(ground, "fenced", "late"), PATIENCE)

    _assert_done_elsewhere("late", frozen, ground)
    assert ["late"] == [path.name for path in (ground / "storage" / "kept").iterdir()]
    assert "attempt 2" == (ground / "storage" / "kept" / "late").read_text()


def test_w10_a_worker_that_is_cut_off_cannot_commit(pid: int, way: Proxy, ground: Path) -> None:
    """It ends its work while it is cut off: nothing of that reaches the ledger, and its attempt is void afterwards."""
    name = begin_on(pid, "cut", ground)
    way.refuse()
    (ground / f"go-{name}-1").touch()
    _runs_elsewhere(name, ground)
    way.heal()
    (ground / f"go-{name}-2").touch()
    eventually(lambda: jobs(name, "done"), PATIENCE)

    _assert_done_elsewhere(name, pid, ground)


def test_w10_a_worker_that_was_cut_off_commits_nothing_when_it_is_back(pid: int, way: Proxy, ground: Path) -> None:
    """It works on without a word from PostgreSQL, and ends when it is back and somebody else at work: LostLease."""
    name = begin_on(pid, "back", ground)
    way.black_hole()
    _runs_elsewhere(name, ground)
    way.heal()
    (ground / f"go-{name}-1").touch()
    eventually(lambda: notes(ground, "fenced", name), PATIENCE)
    assert [] == effects(name)
    (ground / f"go-{name}-2").touch()
    eventually(lambda: jobs(name, "done"), PATIENCE)

    _assert_done_elsewhere(name, pid, ground)


def _cluster(ground: Path, settings: dict[str, str], *, scheduler: bool = False) -> Cluster:
    short = {"LEASE": str(LEASE), "BEAT": "0.5", "STORAGE_URL": f"file://{ground}/storage", **settings}
    modules = "tests.faults.actors,tests.faults.perils"
    return Cluster(ground, masters=1, processes=1, scheduler=scheduler, settings=short, modules=modules)


def _runs_elsewhere(name: str, ground: Path) -> None:
    began = time.monotonic()
    eventually(lambda: len(notes(ground, "start", name)) == 2, RECOVERY)
    sys.stdout.write(f"{name}: runs elsewhere after {time.monotonic() - began:.2f} s\n")


def _assert_done_elsewhere(name: str, pid: int, ground: Path) -> None:
    """Assert that attempt 2 is the one that counts, and that the first worker is back among the living."""
    eventually(lambda: pid in {worker.pid for worker in workers()}, PATIENCE)
    [job] = jobs(name)
    late: list[Any] = [(note.attempt, note.pid) for note in notes(ground, "fenced", name)]
    assert ("done", 2, 0) == (job.state, job.attempt, job.crashes)
    assert [name] == effects(name)
    assert late in ([(1, pid)], [])
    invariants.check()
