"""A worker that has grown too big is replaced after what runs in it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults import actors, invariants, perils
from tests.faults.ground import PATIENCE, effects, jobs, worker_of, workers
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path


def test_w18_a_worker_past_its_memory_is_replaced_and_its_work_is_not(ground: Path) -> None:
    """MAX_RSS is passed while two jobs run: both are done at their first attempt, and a new process takes over."""
    settings = {"MAX_RSS": "400", "BEAT": "0.5"}
    modules = "tests.faults.actors,tests.faults.perils"
    with Cluster(ground, masters=1, processes=1, threads=2, settings=settings, modules=modules) as cluster:
        actors.hold.send(name="beside")
        perils.swell.send(name="swollen", megabytes=500)
        eventually(lambda: len(jobs("%", "running")) == 2, PATIENCE)
        pid = worker_of("beside").pid
        eventually(lambda: "Shutting down..." in cluster.masters[0].log.read_text(), PATIENCE)
        for name in ("beside", "swollen"):
            (ground / f"go-{name}").touch()
        eventually(lambda: pid not in [worker.pid for worker in workers()] and cluster.is_up(), PATIENCE)

    assert [("done", 1, 0)] * 2 == [(job.state, job.attempt, job.crashes) for job in jobs("%")]
    assert ["beside", "swollen"] == effects("%")
    invariants.check()
