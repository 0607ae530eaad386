"""kill -9 of the worker that makes, judges or ends a lab: another goes on; one lab, and none that nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.courses.seed import add, seed_course
from bellwork.db.engine import transaction
from bellwork.tasks.courses.labs.provision import provision_lab
from bellwork.tasks.courses.labs.sweep import expire_labs
from tests.faults import failpoints, invariants
from tests.faults.ground import PATIENCE, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.sandbox import host_of_labs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap

_SESSION = "SELECT status::text FROM courses.lab_sessions"
_STATES = "SELECT state, count(*) FROM courses.lab_containers GROUP BY state"
_UNFINISHED = "SELECT FROM bellwork.jobs WHERE actor LIKE 'courses.%'"


@pytest.fixture(scope="module")
def labs() -> Iterator[Bubblewrap]:
    """A host of labs."""
    with host_of_labs() as host:
        yield host


@pytest.fixture(scope="module")
def cluster(ground: Path, labs: Bubblewrap) -> Iterator[Cluster]:
    """Two masters on one host of labs."""
    settings = {"LABS_URL": f"bwrap://{labs._place.root}", "LABS_HOST": "here", "LEASE": "2", "BEAT": "0.5"}
    systems = "courses=bellwork.db.courses.system"
    with Cluster(ground, systems=systems, modules="", processes=1, settings=settings) as cluster:
        yield cluster


def test_w1_a_lab_survives_the_death_of_its_maker_at_every_step(
    cluster: Cluster, ground: Path, labs: Bubblewrap
) -> None:
    """Killed before it asks, before it knows, before and after the commit, and while a lab ends: one lab, then none."""
    eventually(cluster.is_up, PATIENCE)
    with transaction() as conn:
        course = seed_course(conn)
        conn.exec_driver_sql("UPDATE courses.users SET subscription_tier = 'premium'")
        add(conn, "lab_sessions", id=(session := course.enrollment), lab_id=course.labs["lab"], user_id=course.learner)
    points = {
        "lab_asked": "",
        "lab_made": "",
        "before_commit": "courses.provision_lab",
        "after_commit": "courses.provision_lab",
    }
    for point, subject in points.items():
        failpoints.order(ground, point, "kill9", subject)
    provision_lab.send(lab_session_id=session)
    eventually(lambda: all(failpoints.taken(ground, point) for point in points), 4 * PATIENCE)
    eventually(lambda: not rows(_UNFINISHED), PATIENCE)
    assert [("running",)] == rows(_SESSION)
    assert [f"lab-{session}-0"] == [each.id for each in labs.held()]

    failpoints.order(ground, "lab_released", "kill9")
    with transaction() as conn:
        conn.exec_driver_sql("UPDATE courses.lab_sessions SET expires_at = now()")
    expire_labs.send()
    eventually(lambda: failpoints.taken(ground, "lab_released"), PATIENCE)
    eventually(lambda: [("gone", 1)] == rows(_STATES), PATIENCE)
    assert [("expired",)] == rows(_SESSION)
    assert not labs.held()
    invariants.check()
