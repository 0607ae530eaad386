"""SIGTERM: nothing new is claimed, what runs finishes or is handed back, and nothing of the worker is left."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from tests.faults import actors, invariants
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, notes, workers
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.processes import Kept


def test_w14_what_runs_is_finished_and_what_waits_is_left(ground: Path) -> None:
    """Two jobs run, four wait, SIGTERM comes: the two are done, the four never began, the exit code is 0."""
    with Cluster(ground, masters=1, processes=1, threads=2) as cluster:
        [master] = cluster.masters
        for number in range(6):
            actors.hold.send(name=f"stop-{number}")
        eventually(lambda: _started(ground) == 2, PATIENCE)
        master.wanted = False
        master.process.terminate()
        eventually(lambda: "Shutting down..." in master.log.read_text(), PATIENCE)
        for number in range(6):
            (ground / f"go-stop-{number}").touch()

        assert 0 == master.process.wait(PATIENCE)
        assert 2 == len(jobs("stop-%", "done")) == len(effects("stop-%")) == _started(ground)
        assert [(0, 0, 0)] * 4 == [(job.attempt, job.retries, job.crashes) for job in jobs("stop-%", "available")]
        assert [] == _present(master)
        invariants.check()


def test_w14_a_job_that_outlasts_the_grace_time_is_handed_back_uncounted(ground: Path) -> None:
    """The grace time is 0.5 s: within 5 s of SIGTERM the job is handed back, and then run from the start elsewhere."""
    with Cluster(ground, masters=1, processes=1, options=("--worker-shutdown-timeout", "500")) as leaving:
        actors.hold.send(name="outlast")
        eventually(lambda: notes(ground, "start", "outlast"), PATIENCE)
        told = time.monotonic()
        leaving.masters[0].stop(PATIENCE)
        left = time.monotonic() - told
        sys.stdout.write(f"handed back {left:.2f} s after SIGTERM\n")
        [job] = jobs("outlast")
        assert ("available", 0, 0) == (job.state, job.retries, job.crashes)
        assert [] == _present(leaving.masters[0])
        assert left < RECOVERY

    (ground / "go-outlast").touch()
    with Cluster(ground, masters=1, processes=1):
        eventually(lambda: jobs("outlast", "done"), PATIENCE)
    [job] = jobs("outlast")
    assert (2, 0, 0) == (job.attempt, job.retries, job.crashes)
    assert ["outlast"] == effects("outlast")
    invariants.check()


def _started(ground: Path) -> int:
    return sum(len(notes(ground, "start", f"stop-{number}")) for number in range(6))


def _present(master: Kept) -> list[Any]:
    """List the workers of one master that are registered; other clusters of this database ended by kill -9."""
    return [worker for worker in workers() if worker.master_pid == master.process.pid]
