"""Signals that ask a worker to stop: what runs is finished or handed back, and nothing of the worker is left."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults import actors, invariants
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, notes, worker_of, workers
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.processes import Process


#: Seconds between two SIGTERM of somebody who has no patience.
AGAIN = 0.5


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters of one process each, and a scheduler."""
    # On SIGHUP Dramatiq starts itself anew as `python`, which is to be this one.
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])  # noqa: PTH120 - a link stays one
    with Cluster(ground, processes=1, threads=2, scheduler=True, settings={"PATH": path}) as cluster:
        yield cluster


def test_w15_ctrl_c_lets_what_runs_finish(cluster: Cluster, ground: Path) -> None:
    """SIGINT to the whole group, as a terminal sends it: the job is done at its first attempt, the exit code is 0."""
    master = _at_work("ctrl-c", cluster, ground)
    os.killpg(master.pid, signal.SIGINT)
    eventually(lambda: not _present(master.pid) or _stopping(cluster, master), PATIENCE)
    (ground / "go-ctrl-c").touch()

    assert 0 == master.wait(PATIENCE)
    _assert_first_attempt("ctrl-c", master.pid)


def test_w15_sighup_starts_the_workers_anew(cluster: Cluster, ground: Path) -> None:
    """The job is done at its first attempt; then another process works under the same master."""
    master = _at_work("reload", cluster, ground)
    before = _present(master.pid)
    os.kill(master.pid, signal.SIGHUP)
    eventually(lambda: _stopping(cluster, master), PATIENCE)
    (ground / "go-reload").touch()
    eventually(lambda: jobs("reload", "done"), PATIENCE)
    eventually(lambda: _present(master.pid) and _present(master.pid) != before, PATIENCE)

    assert [1] == [job.attempt for job in jobs("reload")]
    assert master.poll() is None
    invariants.check()


def test_w15_a_broken_pipe_is_no_reason_to_stop(cluster: Cluster, ground: Path) -> None:
    """SIGPIPE to master and worker: nothing happens."""
    master = _at_work("pipe", cluster, ground)
    for pid in (master.pid, *_present(master.pid)):
        os.kill(pid, signal.SIGPIPE)
    (ground / "go-pipe").touch()
    eventually(lambda: jobs("pipe", "done"), PATIENCE)

    assert [1] == [job.attempt for job in jobs("pipe")]
    assert master.poll() is None


def test_w15_sigterm_to_all_processes_at_once_is_one_sigterm(cluster: Cluster, ground: Path) -> None:
    """A service manager tells all of them, and the master its workers once more: the job is done all the same."""
    master = _at_work("group", cluster, ground)
    os.killpg(master.pid, signal.SIGTERM)
    eventually(lambda: _stopping(cluster, master), PATIENCE)
    (ground / "go-group").touch()

    assert 0 == master.wait(PATIENCE)
    _assert_first_attempt("group", master.pid)


def test_w15_sigterm_again_and_again_ends_at_once(cluster: Cluster, ground: Path) -> None:
    """No grace any more: the processes are gone within seconds, and the job runs elsewhere within 5 s, once."""
    master = _at_work("again", cluster, ground)
    master.terminate()
    eventually(lambda: _stopping(cluster, master), PATIENCE)
    began = time.monotonic()
    try:
        _terminate_until_gone(master)
        eventually(lambda: len(notes(ground, "start", "again")) == 2, RECOVERY)
        sys.stdout.write(f"SIGTERM again: runs elsewhere after {time.monotonic() - began:.2f} s\n")
        (ground / "go-again").touch()
        eventually(lambda: jobs("again", "done"), PATIENCE)

        assert 0 != master.returncode
        assert [] == _present(master.pid)
        assert ["again"] == effects("again")
        invariants.check()
    finally:
        (ground / "go-again").touch()
        if master.poll() is None:
            os.killpg(master.pid, signal.SIGKILL)


def _at_work(name: str, cluster: Cluster, ground: Path) -> Process:
    """Have a job begun that waits; returns the master of the process that runs it, once that one can hear signals."""
    eventually(cluster.is_up, PATIENCE)
    actors.hold.send(name=name)
    eventually(lambda: notes(ground, "start", name), PATIENCE)
    pid = worker_of(name).master_pid
    [kept] = [kept for kept in cluster.masters if kept.process.pid == pid]
    eventually(kept.heart_is_up, PATIENCE)
    return kept.process


def _stopping(cluster: Cluster, master: Process) -> bool:
    [kept] = [kept for kept in cluster.masters if kept.process is master]
    return "Shutting down..." in kept.said()


def _terminate_until_gone(master: Process) -> None:
    """Send SIGTERM twice a second, as an impatient person does.

    At its very end Dramatiq's master (2.2.1) prints an error for each that comes, which a hundred a second prolong.
    """
    for _ in range(int(RECOVERY / AGAIN)):
        master.terminate()
        with suppress(TimeoutExpired):
            master.wait(AGAIN)
            return
    msg = f"SIGTERM twice a second does not end it within {RECOVERY:g} s"
    raise AssertionError(msg)


def _present(master: int) -> list[Any]:
    return [worker.pid for worker in workers() if worker.master_pid == master]


def _assert_first_attempt(name: str, master: int) -> None:
    [job] = jobs(name)
    assert ("done", 1, 0, 0) == (job.state, job.attempt, job.retries, job.crashes)
    assert [name] == effects(name)
    assert [] == _present(master)
    invariants.check()
