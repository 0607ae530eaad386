"""A poison job, whatever it does to its process, ends in `dead` with its reason, and its neighbours do not suffer."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults import actors, invariants, perils
from tests.faults.ground import PATIENCE, effects, jobs, notes, rows, workers
from tests.faults.kin import limit_memory
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_INSERT = """
INSERT INTO bellwork.jobs (queue, actor, args, options)
VALUES ('faults', 'faults.nap', CAST(:args AS jsonb), CAST(:options AS jsonb)) RETURNING id
"""
_ENDED = "SELECT id, reason FROM bellwork.finished_jobs WHERE id = ANY(:ids) AND state = 'dead'"
UNREADABLE = [
    ("{}", "{}"),
    ('{"name": "old", "left_out_since": 3}', "{}"),
    ('{"name": "odd"}', '{"max_retries": "many"}'),
    ('{"name": "odd"}', '{"time_limit": "long"}'),
]


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters of one process each, quick to notice and quick to give up."""
    settings = {"LEASE": "2", "BEAT": "0.5", "KILL_GRACE": "1", "MAX_CRASHES": "2"}
    modules = "tests.faults.actors,tests.faults.perils"
    with Cluster(ground, processes=1, settings=settings, modules=modules, scheduler=True) as cluster:
        yield cluster


@pytest.mark.parametrize("how", perils.DEADLY)
def test_w12_w13_a_job_that_kills_its_process_is_dead_after_its_chances(
    how: str, cluster: Cluster, ground: Path
) -> None:
    """MAX_CRASHES=2: two processes die of it, the third claim marks it dead; the neighbours are done, each once."""
    # Until its heartbeat is there, a death may be found by the lease, and be charged a moment later.
    eventually(cluster.is_whole, PATIENCE)
    name = how.replace(" ", "-")
    for number in range(6):
        actors.nap.send(name=f"beside-{name}-{number}", seconds=0.2)
    perils.DEADLY[how](name)
    began = time.monotonic()
    eventually(lambda: jobs(name, "dead"), PATIENCE)
    sys.stdout.write(f"{how}: dead after {time.monotonic() - began:.2f} s\n")
    eventually(lambda: len(jobs(f"beside-{name}-%", "done")) == 6, PATIENCE)

    [job] = jobs(name)
    assert "the worker's process died 2 times while it ran" == job.reason
    assert 2 == len(notes(ground, "start", name))
    assert [f"beside-{name}-{number}" for number in range(6)] == effects(f"beside-{name}-%")
    invariants.check()


@pytest.mark.parametrize("what", perils.RAISED)
def test_w12_whatever_a_job_raises_is_its_own_failure(what: str, cluster: Cluster, ground: Path) -> None:
    """sys.exit() and its like end neither thread nor process: it is tried again, then dead with what it raised."""
    eventually(cluster.is_up, PATIENCE)
    before = {worker.pid for worker in workers()}
    raised, name = perils.RAISED[what], what.replace(" ", "-")
    perils.throw.send(name=name, what=what)
    eventually(lambda: jobs(name, "dead"), PATIENCE)

    [job] = jobs(name)
    assert (f"{type(raised).__name__}: {raised}", 2, 0) == (job.reason, job.attempt, job.crashes)
    assert 2 == len(notes(ground, "start", name))
    assert before == {worker.pid for worker in workers()}


def test_w13_a_job_that_asks_for_more_memory_than_there_is_fails_alone(cluster: Cluster, ground: Path) -> None:
    """A limit on the process's memory makes MemoryError of it: an ordinary failure; its neighbours are done once."""
    # A process that still boots could not even start its threads.
    eventually(cluster.is_whole, PATIENCE)
    pids = [worker.pid for worker in workers()]
    for pid in pids:
        limit_memory(pid, 300)
    actors.hold.send(name="beside-hoard")
    perils.hoard.send(name="hoard", megabytes=2_000, killed=False)
    eventually(lambda: jobs("hoard", "dead"), PATIENCE)
    (ground / "go-beside-hoard").touch()
    eventually(lambda: jobs("beside-hoard", "done"), PATIENCE)

    [job] = jobs("hoard")
    assert ("MemoryError", 0) == (job.reason.partition(":")[0], job.crashes)
    assert sorted(pids) == sorted(worker.pid for worker in workers())
    assert ["beside-hoard"] == effects("beside-hoard")
    invariants.check()
    for pid in pids:
        limit_memory(pid)


def test_w11_a_job_that_never_returns_takes_only_its_process_with_it(cluster: Cluster, ground: Path) -> None:
    """Past its hard limit its process is killed; it is retried, then dead; its neighbours count nothing."""
    eventually(cluster.is_up, PATIENCE)
    for number in range(7):
        actors.hold.send(name=f"beside-hang-{number}")
    eventually(lambda: len(jobs("beside-hang-%", "running")) == 7, PATIENCE)
    actors.hang.send(name="hang")
    began = time.monotonic()
    eventually(lambda: jobs("hang", "dead"), PATIENCE)
    sys.stdout.write(f"hang: dead after {time.monotonic() - began:.2f} s\n")
    for number in range(7):
        (ground / f"go-beside-hang-{number}").touch()
    eventually(lambda: len(jobs("beside-hang-%", "done")) == 7, PATIENCE)

    [job] = jobs("hang")
    assert ("out of retries (1)", 2, 0) == (job.reason, job.retries, job.crashes)
    assert 2 == len(notes(ground, "start", "hang"))
    assert [(0, 0)] * 7 == [(each.retries, each.crashes) for each in jobs("beside-hang-%")]
    assert 7 == len(effects("beside-hang-%"))
    invariants.check()


@pytest.mark.parametrize("seconds", [5, pytest.param(60, marks=pytest.mark.soak)])
def test_w11_a_held_interpreter_lock_does_not_look_like_death(seconds: int, cluster: Cluster, ground: Path) -> None:
    """For more than two leases its process cannot say a word: the job is done at its first attempt all the same."""
    # Until its heartbeat is there, a process has only itself to renew its lease.
    eventually(cluster.is_whole, PATIENCE)
    name = f"gil-{seconds}"
    actors.hold_gil.send(name=name, seconds=seconds)
    eventually(lambda: jobs(name, "done"), seconds + PATIENCE)

    assert [(1, 0)] == [(job.attempt, job.crashes) for job in jobs(name)]
    assert [1] == [each.attempt for each in notes(ground, "start", name)]


def test_unreadable_jobs_are_dead_at_once_and_their_neighbours_run(cluster: Cluster) -> None:
    """Whatever stands in the row, it is dead with a reason; the queue goes on."""
    eventually(cluster.is_up, PATIENCE)
    began = time.monotonic()
    ids = [rows(_INSERT, args=args, options=options)[0].id for args, options in UNREADABLE]
    actors.nap.send(name="beside-unreadable")
    eventually(lambda: jobs("beside-unreadable", "done"), PATIENCE)
    eventually(lambda: len(rows(_ENDED, ids=ids)) == len(ids), PATIENCE)
    sys.stdout.write(f"dead after {time.monotonic() - began:.2f} s\n")

    assert all(
        "do not fit faults.nap" in row.reason or "must be numbers" in row.reason for row in rows(_ENDED, ids=ids)
    )
    assert [] == effects("odd")
