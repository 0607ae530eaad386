"""The same asked for twice, or fifty times at once, and the same job rung for a hundred times: it is done once."""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.workers import due_set
from tests.faults import actors, chores, invariants
from tests.faults.ground import PATIENCE, effects, jobs, notes, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CALLERS, ROUNDS = 50, 6
_ENQUEUE = "SELECT bellwork.enqueue('faults.nap', CAST(:args AS jsonb), unique_key => :key)"
_ENQUEUE_MANY = "SELECT bellwork.enqueue_many(CAST(:jobs AS jsonb))"
_HISTORY = "SELECT id, claimed_at, finished_at FROM bellwork.finished_jobs WHERE unique_key = :key ORDER BY claimed_at"
_LEFT = "SELECT count(*) FROM bellwork.jobs WHERE unique_key = :key"
_RUNNING = "SELECT id FROM bellwork.jobs WHERE args ->> 'name' = :name"


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters of two processes, and a scheduler."""
    with Cluster(ground, modules="tests.faults.actors,tests.faults.chores", scheduler=True) as cluster:
        yield cluster


@pytest.mark.usefixtures("cluster")
def test_q4_one_key_has_one_job_however_many_ask_for_it() -> None:
    """Fifty callers at once, from Python and from SQL, again and again while it finishes: never two side by side."""
    together, began = Barrier(CALLERS), time.monotonic()
    with ThreadPoolExecutor(CALLERS) as callers:
        told = set(callers.map(lambda number: _ask(number, together), range(CALLERS * ROUNDS)))
    eventually(lambda: not rows(_LEFT, key="one")[0][0], PATIENCE)
    ran = rows(_HISTORY, key="one")
    sys.stdout.write(f"{CALLERS * ROUNDS} calls, {len(ran)} jobs, {time.monotonic() - began:.2f} s\n")

    assert told - {None} <= {job.id for job in ran}
    assert 1 <= len(ran) == len(effects("one")) < CALLERS * ROUNDS
    assert all(job.finished_at <= after.claimed_at for job, after in pairwise(ran))
    invariants.check()


@pytest.mark.usefixtures("cluster")
def test_q5_a_job_that_is_rung_for_a_hundred_times_runs_once(ground: Path) -> None:
    """Before it is done and after, in its own due set and in a wrong one: what was claimed is not claimed again."""
    actors.hold.send(name="rung")
    eventually(lambda: notes(ground, "start", "rung"), PATIENCE)
    [(job,)] = rows(_RUNNING, name="rung")
    _ring(job, actors.QUEUE, 50)
    _ring(job, chores.CHORES, 10)
    (ground / "go-rung").touch()
    eventually(lambda: jobs("rung", "done"), PATIENCE)
    _ring(job, actors.QUEUE, 40)

    assert [1] == [each.attempt for each in notes(ground, "start", "rung")]
    assert [("done", 1)] == [(each.state, each.attempt) for each in jobs("rung")]
    assert ["rung"] == effects("rung")
    invariants.check()


def _ask(number: int, together: Barrier) -> int | None:
    """Ask in one of three ways; SQL tells which job it is."""
    together.wait(PATIENCE)
    if number % 3 == 0:
        actors.nap.send_with_options(kwargs={"name": "one"}, unique_key="one")
        return None
    if number % 3 == 1:
        job: dict[str, Any] = {"actor": "faults.nap", "args": {"name": "one"}, "unique_key": "one"}
        rows(_ENQUEUE_MANY, jobs=json.dumps([job, job]))
        return None
    return int(rows(_ENQUEUE, args=json.dumps({"name": "one"}), key="one")[0][0])


def _ring(job: int, queue: str, times: int) -> None:
    """Put an id into a due set again each time somebody has taken it out."""
    for _ in range(times):
        due_set.client().zadd(due_set.key(queue), {str(job): 0})
        eventually(lambda: not due_set.client().zcard(due_set.key(queue)), PATIENCE)
