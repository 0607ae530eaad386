"""A worker that was frozen past its lease wakes up to find its job done by another, and can write nothing."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from tests.faults import actors
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, notes, rows, worker_of, workers
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

LEASE = 2
_LEFT = "SELECT extract(epoch FROM expires_at - now()) FROM bellwork.workers"


def test_a_frozen_worker_that_wakes_writes_nothing(ground: Path) -> None:
    """Its job runs elsewhere, once; its own late transaction raises LostLease; then it works again."""
    with Cluster(ground, processes=1, settings={"LEASE": str(LEASE), "BEAT": "0.5"}) as cluster:
        eventually(lambda: all(left < LEASE for (left,) in rows(_LEFT)), PATIENCE)
        actors.hold.send(name="frozen")
        eventually(lambda: notes(ground, "start", "frozen"), PATIENCE)
        pid = worker_of("frozen").pid
        os.kill(pid, signal.SIGSTOP)
        frozen = time.monotonic()
        eventually(lambda: len(notes(ground, "start", "frozen")) == 2, RECOVERY)
        sys.stdout.write(f"runs elsewhere {time.monotonic() - frozen:.2f} s after the freeze\n")
        (ground / "go-frozen").touch()
        eventually(lambda: jobs("frozen", "done"), PATIENCE)
        os.kill(pid, signal.SIGCONT)
        eventually(lambda: notes(ground, "fenced", "frozen"), PATIENCE)
        eventually(lambda: pid in {worker.pid for worker in workers()}, PATIENCE)

        [late] = notes(ground, "fenced", "frozen")
        [job] = jobs("frozen")
        assert (1, pid) == (late.attempt, late.pid)
        assert ("done", 2, 1) == (job.state, job.attempt, job.crashes)
        assert ["frozen"] == effects("frozen")
        assert [1] * 2 == [master.starts for master in cluster.masters]
