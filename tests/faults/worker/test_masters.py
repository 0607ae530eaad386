"""Masters of one process each under `bellwork worker`, and one master of two: a killed process stops nobody's work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from tests.faults import actors, invariants
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, notes, worker_of, workers
from tests.faults.kin import lives
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORKER = [sys.executable, "-m", "bellwork.ops.cli", "worker"]


def test_a_killed_worker_is_replaced_and_its_neighbour_takes_over_at_once(ground: Path) -> None:
    """Its job runs on the neighbour, whose own goes on; SIGTERM lets both finish, and the exit code is 0."""
    with _command(ground, "-p", "2", "-t", "2") as command:
        names = _begin_on_each("pair", command, ground)
        killed, left = (worker_of(name).pid for name in names)
        os.kill(killed, signal.SIGKILL)
        began = time.monotonic()
        eventually(lambda: len(notes(ground, "start", names[0])) == 2, RECOVERY)
        sys.stdout.write(f"a killed worker's job runs on its neighbour after {time.monotonic() - began:.2f} s\n")
        eventually(lambda: len(_present(command) - {killed}) == 2, PATIENCE)
        command.terminate()
        eventually(lambda: "Shutting down..." in (ground / "command").read_text(), PATIENCE)
        for name in names:
            (ground / f"go-{name}").touch()

        assert 0 == command.wait(PATIENCE)
        assert [(2, 1), (1, 0)] == [(job.attempt, job.crashes) for name in names for job in jobs(name, "done")]
        assert set(names) <= set(effects("pair-%"))
        assert not _present(command) | {left} & {worker.pid for worker in workers()}
        invariants.check()


def test_masters_end_with_the_command_that_keeps_them(ground: Path) -> None:
    """Killed with kill -9: its workers finish what they run, and nothing of it is left."""
    with _command(ground, "-p", "2", "-t", "2") as command:
        names = _begin_on_each("orphaned", command, ground)
        family = psutil.Process(command.pid).children(recursive=True)
        command.kill()
        for name in names:
            (ground / f"go-{name}").touch()
        eventually(lambda: not any(map(lives, family)), PATIENCE)

        assert [("done", 1, 0)] * 2 == [(job.state, job.attempt, job.crashes) for name in names for job in jobs(name)]


@pytest.mark.parametrize(
    ("options", "settings", "reason"),
    [
        (["--no-such-option"], {}, "unrecognized arguments"),
        ([], {"WORK_MODULES": "tests.faults.actors,no_licence"}, "RuntimeError: no licence"),
    ],
)
def test_what_no_restart_mends_ends_the_command(
    options: list[str], settings: dict[str, str], reason: str, ground: Path
) -> None:
    """Refused options and work that fails when it is imported are said, and the exit code is not 0."""
    (ground / "no_licence.py").write_text("raise RuntimeError('no licence')")
    env = {**_environment(ground), "PYTHONPATH": f"{_environment(ground)['PYTHONPATH']}:{ground}", **settings}
    ended = subprocess.run(
        [*WORKER, *options], cwd=ground, env=env, capture_output=True, text=True, timeout=90, check=False
    )

    assert ended.returncode in {1, 2}
    assert 0 < ended.stderr.count(reason) <= 3, ended.stderr


def test_under_one_master_a_neighbours_jobs_end_at_their_first_attempt(ground: Path) -> None:
    """One of two processes is killed: Dramatiq tells the other to stop; it keeps its lease for what it still runs."""
    settings = {"LEASE": "2", "BEAT": "0.5"}
    with Cluster(ground, masters=1, processes=2, threads=2, settings=settings) as cluster:
        [kept] = cluster.masters
        names = [f"neighbours-{number}" for number in range(4)]
        for name in names:
            actors.hold.send(name=name)
        eventually(lambda: len(jobs("neighbours-%", "running")) == 4, PATIENCE)
        pids = {name: worker_of(name).pid for name in names}
        killed = pids[names[0]]
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: "Shutting down..." in kept.log.read_text(), PATIENCE)
        told = time.monotonic()
        eventually(lambda: time.monotonic() > told + 2 * float(settings["LEASE"]), PATIENCE)
        for name in names:
            (ground / f"go-{name}").touch()
        eventually(lambda: len(jobs("neighbours-%", "done")) == 4, PATIENCE)

    assert {name: (1 + (pids[name] == killed), pids[name] == killed) for name in names} == {
        job.name: (job.attempt, job.crashes) for job in jobs("neighbours-%")
    }
    assert names == effects("neighbours-%")
    invariants.check()


def _environment(ground: Path) -> dict[str, str]:
    return Cluster(ground, masters=1).masters[0].env


@contextmanager
def _command(ground: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    with (ground / "command").open("wb") as log:
        command = subprocess.Popen(
            [*WORKER, *options], cwd=ground, env=_environment(ground), stdout=log, stderr=log, start_new_session=True
        )
    try:
        eventually(lambda: len(_present(command)) == 2, PATIENCE)
        yield command
    finally:
        with suppress(ProcessLookupError):
            os.killpg(command.pid, signal.SIGKILL)
        command.wait()


def _present(command: subprocess.Popen[bytes]) -> set[int]:
    """List the living worker processes of a command that are registered."""
    try:
        family = {child.pid for child in psutil.Process(command.pid).children(recursive=True) if lives(child)}
    except psutil.NoSuchProcess:
        family = set()
    return family & {worker.pid for worker in workers()}


def _begin_on_each(what: str, command: subprocess.Popen[bytes], ground: Path) -> list[str]:
    """Have a job begun on each of two processes, and nothing else; returns their names."""
    found: dict[Any, str] = {}
    number = 0
    while len(found) < 2:
        name, number = f"{what}-{number}", number + 1
        actors.hold.send(name=name)
        eventually(lambda name=name: notes(ground, "start", name), PATIENCE)  # type: ignore[misc]
        pid = worker_of(name).pid
        if found.setdefault(pid, name) != name:
            (ground / f"go-{name}").touch()
    assert set(found) == _present(command)
    return list(found.values())
