"""A job forks: its processes work and send beside the worker's own threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from tests.faults import invariants
from tests.faults.forking import PARTS, part, spread
from tests.faults.ground import PATIENCE, effects, jobs
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path


def test_a_process_pool_inside_a_job_sends_each_job_once(ground: Path) -> None:
    """Two jobs at once fork two processes each in a warm worker; every row has its job, and every job ran once."""
    with Cluster(ground, modules="tests.faults.forking", masters=1, processes=1):
        with transaction():
            for number in range(8):
                part.send(name=f"warm-{number}")
        eventually(lambda: len(jobs("warm-%", "done")) == 8, PATIENCE)
        with transaction():
            for name in ("pool-a", "pool-b"):
                spread.send(name=name)
        eventually(lambda: len(jobs("pool-%", "done")) == 2 + 2 * PARTS, PATIENCE)

    sent = [name.removesuffix(".sent") for name in effects("pool-%.sent")]
    assert 2 * PARTS == len(sent)
    assert sorted([*sent, "pool-a", "pool-b"]) == sorted(set(effects("pool-%")) - set(effects("pool-%.sent")))
    assert {1} == {job.attempt for job in jobs("pool-%")}
    invariants.check()
