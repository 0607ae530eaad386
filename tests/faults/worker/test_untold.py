"""A worker whose master was killed before it heard that the worker is up."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import psutil

from bellwork.workers.watch import HEEDS
from tests.faults import actors, invariants
from tests.faults.ground import PATIENCE, jobs, notes, rows
from tests.faults.kin import lives
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

LEASE = 2
_LEFT = "SELECT extract(epoch FROM expires_at - now()) AS seconds FROM bellwork.workers WHERE pid = :pid"
_SLOW = """
import os, pathlib, time
place = pathlib.Path(os.environ["FAULTS"])
(place / "booting").write_text(str(os.getpid()))
while not (place / "boot").exists(): time.sleep(0.01)
"""


def test_w8_a_worker_that_cannot_tell_its_dead_master_that_it_booted_ends_its_work_and_leaves(ground: Path) -> None:
    """Its main thread hangs in that, and heeds no SIGTERM: the job that it has begun is done once, then it is gone."""
    (ground / "slow_boot.py").write_text(_SLOW)
    settings = {"LEASE": str(LEASE), "BEAT": "0.5"}
    [master] = Cluster(
        ground, masters=1, processes=1, modules="tests.faults.actors,slow_boot", settings=settings
    ).masters
    master.env["PYTHONPATH"] += f":{ground}"
    master.start()
    try:
        eventually((ground / "booting").exists, PATIENCE)
        worker = psutil.Process(int((ground / "booting").read_text()))
        os.kill(master.process.pid, signal.SIGKILL)
        actors.hold.send(name="untold")
        (ground / "boot").touch()
        eventually(lambda: notes(ground, "start", "untold"), PATIENCE)
        begun = time.monotonic()
        eventually(lambda: time.monotonic() > begun + 2 * LEASE + HEEDS, PATIENCE)
        alive = lives(worker)
        (ground / "go-untold").touch()
        eventually(lambda: not lives(worker), PATIENCE)
    finally:
        master.destroy()

    # No other worker is there that could have taken the job.
    assert alive
    assert [("done", 1, 0)] == [(job.state, job.attempt, job.crashes) for job in jobs("untold")]
    eventually(lambda: all(row.seconds < 0 for row in rows(_LEFT, pid=worker.pid)), PATIENCE)
    invariants.check()
