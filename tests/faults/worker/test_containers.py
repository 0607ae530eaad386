"""Containers come again with the host name and the pids of before, and two of them may share both at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults import actors, invariants
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, notes, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from tests.faults.processes import Kept

LEASE = 2.0
#: A namespace of pids that ends with its first process; who is not root makes one of users, too.
CONTAINER = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
if os.geteuid():
    CONTAINER += ["--user", "--map-root-user"]


def _may_unshare() -> bool:
    try:
        return subprocess.run([*CONTAINER, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not _may_unshare(), reason="this system lets us make no namespace of pids (unshare)")
def test_containers_of_one_host_name_and_one_pid_are_told_apart(ground: Path) -> None:
    """One is killed and starts again beside another: its job runs again, the other's goes on, nobody else is killed."""
    with _container(ground) as one, _container(ground) as other:
        killed, left = _id_of(one), _id_of(other)
        assert 1 == len({(row.host, row.pid, row.master_pid) for row in _rows()})
        names = {worker: _begin_on(worker, ground) for worker in (killed, left)}
        one.destroy()
        began = time.monotonic()
        one.start()
        eventually(lambda: len(notes(ground, "start", names[killed])) == 2, LEASE + RECOVERY)
        sys.stdout.write(f"a killed container's job ran again after {time.monotonic() - began:.2f} s\n")
        eventually(lambda: len({row.id for row in _rows()} - {killed, left}) == 1, PATIENCE)
        for name in names.values():
            (ground / f"go-{name}").touch()
        eventually(lambda: all(jobs(name, "done") for name in names.values()), PATIENCE)

        assert {killed: (2, 0), left: (1, 0)} == {
            worker: (job.attempt, job.crashes) for worker, name in names.items() for job in jobs(name)
        }
        assert sorted(names.values()) == [each for each in effects("%") if each in names.values()]
        assert left in {row.id for row in _rows()}
        assert not any("killing a worker" in each.log.read_text() for each in (one, other))
        invariants.check()


@contextmanager
def _container(ground: Path) -> Iterator[Kept]:
    settings = {"LEASE": str(LEASE), "BEAT": "0.5"}
    [kept] = Cluster(ground, masters=1, processes=1, threads=2, settings=settings).masters
    kept.command[:0] = CONTAINER
    before = len(_rows())
    kept.start()
    try:
        eventually(lambda: len(_rows()) > before and kept.heart_is_up(), PATIENCE)
        yield kept
    finally:
        kept.destroy()


def _rows() -> list[Any]:
    return rows("SELECT id, host, pid, master_pid FROM bellwork.workers")


def _id_of(kept: Kept) -> UUID:
    """Find the worker of a container by what it logged when it registered."""
    found: UUID = next(row.id for row in _rows() if str(row.id) in kept.log.read_text())
    return found


def _begin_on(worker: UUID, ground: Path) -> str:
    """Have a job begun that waits on this worker, and let go of those that others took; returns its name."""
    for number in range(100):
        name = f"{worker.hex[:8]}-{number}"
        actors.hold.send(name=name)
        eventually(lambda name=name: notes(ground, "start", name), PATIENCE)  # type: ignore[misc]
        [job] = jobs(name, "running")
        if job.worker_id == worker:
            return name
        (ground / f"go-{name}").touch()
    raise AssertionError("the other worker took a hundred jobs")
