"""A rolling deploy: workers of the old release leave alone what only the new one knows, until that one comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults import actors
from tests.faults.ground import PATIENCE, effects, jobs, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

_ENQUEUE = """SELECT bellwork.enqueue('faults.newcomer', '{"name": "newcomer"}', queue => 'faults')"""


def test_a_job_of_the_next_release_waits_for_it(ground: Path) -> None:
    """What was sent before and after it in the same queue is done; it waits, uncounted, and runs when it is known."""
    with Cluster(ground, masters=1, processes=1):
        actors.nap.send(name="before")
        rows(_ENQUEUE)
        actors.nap.send(name="after")
        eventually(lambda: jobs("before", "done") and jobs("after", "done"), PATIENCE)
        assert [("available", 0)] == [(job.state, job.attempt) for job in jobs("newcomer")]

        with Cluster(ground, masters=1, processes=1, modules="tests.faults.newcomer"):
            eventually(lambda: jobs("newcomer", "done"), PATIENCE)
    assert [1] == [job.attempt for job in jobs("newcomer")]
    assert ["newcomer"] == effects("newcomer")
