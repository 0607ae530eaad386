"""A language model that is closed or silent: it is left alone, and costs neither requests nor threads.

What drips its answer byte by byte is silent, for a call: see test_a_slow_server_meets_the_deadline.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.workers.circuit import TRIPS
from tests.faults import actors, invariants, lessons, teacher
from tests.faults.ground import PATIENCE, jobs
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.proxy import Proxy, address_of, proxied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.teacher import Teacher

#: What opens the circuit, what may be on its way meanwhile on eight threads, and a few tries later on.
_MOST_FAILURES = TRIPS + 8 + 5


@pytest.fixture(scope="module")
def model() -> Iterator[Teacher]:
    """The language model."""
    with teacher.teacher() as model:
        yield model


@pytest.fixture(scope="module")
def way(model: Teacher) -> Iterator[Proxy]:
    """The network between the workers and the model."""
    with Proxy(address_of(model.base_url)) as way:
        yield way


@pytest.fixture(scope="module")
def cluster(ground: Path, model: Teacher, way: Proxy) -> Iterator[Cluster]:
    """Two masters of one process with four threads each."""
    lessons.load()
    settings = {"STORAGE_URL": f"file://{ground}/storage", "LLM_BASE_URL": proxied(model.base_url, way.port)}
    modules = "tests.faults.hurried,tests.faults.actors"
    with Cluster(ground, processes=1, scheduler=True, systems="content", modules=modules, settings=settings) as cluster:
        yield cluster


def test_x1_a_provider_that_is_away_costs_no_request(
    cluster: Cluster, ground: Path, model: Teacher, way: Proxy
) -> None:
    """First closed, then silent: seven lessons wait, neighbours go on at once, all are written when it is back."""
    assert cluster.is_up()
    way.refuse()
    wanted = teacher.ask("away")
    eventually(lambda: _waits_uncounted("away"), PATIENCE)
    way.black_hole()
    waited = _wait_of_neighbours("away")
    burnt = sum(job.retries for job in teacher.writing("away"))
    model.behave(teacher.written())
    way.heal()
    back = time.monotonic()
    eventually(lambda: teacher.scripts(ground, wanted) == len(wanted), PATIENCE)
    took = time.monotonic() - back
    sys.stdout.write(f"{burnt} retries, neighbours after {waited:.2f} s, all written {took:.2f} s after\n")

    assert 0 == teacher.failed()
    assert TRIPS <= burnt <= _MOST_FAILURES
    invariants.check()


def _waits_uncounted(style: str) -> bool:
    """Tell whether jobs have been sent away without a retry: they waited more often than they failed."""
    waiting = [job for job in teacher.writing(style) if job.state == "available"]
    return [job.attempt > job.retries for job in waiting].count(True) > len(teacher.INTERESTS) / 2


def _wait_of_neighbours(name: str) -> float:
    began = time.monotonic()
    for number in range(8):
        actors.nap.send(name=f"beside-{name}-{number}")
    eventually(lambda: len(jobs(f"beside-{name}-%", "done")) == 8, PATIENCE)
    return time.monotonic() - began
