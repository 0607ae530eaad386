"""Whoever reads a worker's log dies: the worker ends, as programs do whose output nobody wants, and hangs in no log."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import IO, TYPE_CHECKING, cast

from tests.faults import actors, invariants
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, notes, workers
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path


def test_w15_a_worker_whose_log_nobody_reads_leaves(ground: Path) -> None:
    """It claims nothing any more within 10 s, what runs is done at its first attempt."""
    cluster = Cluster(ground, masters=1, processes=1)
    [kept] = cluster.masters
    kept.process = subprocess.Popen(
        kept.command, cwd=ground, env=kept.env, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        log = cast("IO[bytes]", kept.process.stderr)
        while b"bellwork.workers.heartbeat:run' is ready" not in (line := log.readline()):
            assert line, "the worker ended before its heartbeat was ready"
        actors.hold.send(name="unread")
        eventually(lambda: notes(ground, "start", "unread"), PATIENCE)
        log.close()
        closed = time.monotonic()
        (ground / "go-unread").touch()
        kept.process.wait(RECOVERY)
        sys.stdout.write(f"ended {time.monotonic() - closed:.2f} s after its log's reader\n")

        # 120 is what Python says when its own last words could not be written.
        assert kept.process.returncode in {0, 120}
        assert [("done", 1)] == [(job.state, job.attempt) for job in jobs("unread")]
        assert ["unread"] == effects("unread")
        assert [] == workers()
        invariants.check()
    finally:
        kept.destroy()
