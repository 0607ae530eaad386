"""kill -9 of a worker at any point of a job's life: its work goes on elsewhere in seconds, nothing happens twice."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.ground import PATIENCE, RECOVERY
from tests.faults.orders import POINTS, ask, assert_once, is_done, killed_at, order_kill
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters and a scheduler."""
    with Cluster(ground, modules="tests.faults.points", scheduler=True) as cluster:
        yield cluster


@pytest.mark.parametrize("point", POINTS)
def test_kill_9_at_any_point_loses_and_doubles_nothing(point: str, cluster: Cluster, ground: Path) -> None:
    """The request passes each status once, has one whole artefact, and is done soon after the kill."""
    eventually(cluster.is_up, PATIENCE)
    order_kill(ground, point, "any" if point == "before_claim" else "faults.speak")
    ask(point)
    killed = killed_at(ground)
    eventually(lambda: is_done(point), PATIENCE)
    recovery = time.time() - killed
    sys.stdout.write(f"killed {point}: done after {recovery:.2f} s\n")

    assert_once(point)
    assert "first half, second half" == (ground / "artefacts" / point).read_text()
    assert recovery < RECOVERY
