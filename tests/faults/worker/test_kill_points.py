"""kill -9 of a worker at any point of a job's life: its work goes on elsewhere in seconds, nothing happens twice."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import transaction
from tests.faults import failpoints, invariants, perils
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, rows
from tests.faults.orders import ask, assert_once, is_done
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: What ended an attempt, and the crashes that are charged: seen by the heartbeat beside it; or, where that was too
#: slow, by anybody once its lease had run out, after which the heartbeat may still tell.
LOST = {"the worker's process died": {1}, "the worker fell silent and its lease ran out": {0, 1}}
_STAGE = """
SELECT attempt, crashes, errors FROM bellwork.finished_jobs
WHERE actor = :actor AND args ->> 'name' = :name
"""


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters of one process each, and a scheduler."""
    with Cluster(ground, processes=1, scheduler=True, modules="tests.faults.actors,tests.faults.perils") as cluster:
        yield cluster


def test_w1_killed_before_its_claim_a_worker_takes_nothing_with_it(cluster: Cluster, ground: Path) -> None:
    """The id had left the due set and the ledger knew of no claim: the job runs elsewhere within 5 s."""
    _survive(cluster, ground, "before_claim", "faults")


def test_w2_killed_after_its_claim_the_attempt_is_lost_and_the_next_one_runs(cluster: Cluster, ground: Path) -> None:
    """Attempt 1 is on record as lost with its worker, attempt 2 does the work, within 5 s."""
    _survive(cluster, ground, "after_claim", "faults.write")

    assert _lost_once("after_claim", "faults.write")


def test_w3_killed_in_the_middle_of_its_work_a_stage_begins_anew(cluster: Cluster, ground: Path) -> None:
    """Half a file was written under no final name: attempt 2 writes all of it, within 5 s."""
    _survive(cluster, ground, "in_provider", "faults.speak")

    assert _lost_once("in_provider", "faults.speak")


def test_w4_killed_before_its_commit_a_stage_finds_its_artefact_and_commits_it(cluster: Cluster, ground: Path) -> None:
    """The outside work is done and stays, the writes were rolled back: attempt 2 commits them, within 5 s."""
    _survive(cluster, ground, "before_commit", "faults.speak")

    assert _lost_once("before_commit", "faults.speak")


@pytest.mark.parametrize("point", ["after_commit", "before_ack"])
def test_w7_killed_after_its_commit_a_stage_has_sent_the_next_one(point: str, cluster: Cluster, ground: Path) -> None:
    """No acknowledgement was needed: the next stage stands in the ledger and runs within 5 s."""
    _survive(cluster, ground, point, "faults.speak")

    [speak] = rows(_STAGE, actor="faults.speak", name=point)
    assert (1, 0, []) == (speak.attempt, speak.crashes, speak.errors)


def test_w7_killed_after_its_commit_a_job_needs_no_bell_for_the_next_one(cluster: Cluster, ground: Path) -> None:
    """Redis never heard of what was sent: it is found in the ledger and runs within 5 s."""
    eventually(cluster.is_up, PATIENCE)
    failpoints.clear(ground)
    with transaction():
        perils.ring.send(name="rung")
        failpoints.order(ground, "before_bell", "kill9")
    eventually(lambda: effects("rung"), PATIENCE)
    recovery = time.time() - (failpoints.taken(ground, "before_bell") or 0)
    sys.stdout.write(f"killed before the bell: done after {recovery:.2f} s\n")

    eventually(lambda: len(jobs("rung", "done")) == 2, PATIENCE)
    assert [(1, 0), (1, 0)] == [(job.attempt, job.crashes) for job in jobs("rung")]
    assert recovery < RECOVERY
    invariants.check()


def _survive(cluster: Cluster, ground: Path, point: str, subject: str) -> None:
    """Have a worker killed at a point while a request is worked on, and see that all of it is done, and once."""
    eventually(cluster.is_up, PATIENCE)
    failpoints.clear(ground)
    with transaction():
        ask(point)
        # Only now: a worker that merely looks for work must not take it.
        failpoints.order(ground, point, "kill9", subject)
    eventually(lambda: is_done(point), PATIENCE)
    recovery = time.time() - (failpoints.taken(ground, point) or 0)
    sys.stdout.write(f"killed {point}: done after {recovery:.2f} s\n")

    assert_once(point)
    invariants.check()
    assert "first half, second half" == (ground / "artefacts" / point).read_text()
    assert recovery < RECOVERY


def _lost_once(name: str, actor: str) -> bool:
    [stage] = rows(_STAGE, actor=actor, name=name)
    [error] = stage.errors
    return (2, 1) == (stage.attempt, error["attempt"]) and stage.crashes in LOST[error["error"]]
