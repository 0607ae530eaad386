"""kill -9 of the worker that nudges: another one goes on, and nobody is nudged twice, in the app or by mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.companion.seed import load_learners
from bellwork.db.engine import transaction
from bellwork.tasks.companion.nudges.scan import scan_inactivity
from tests.faults import failpoints, invariants
from tests.faults.ground import PATIENCE, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEARNERS = 25
_BATCH, _BEFORE, _AFTER = "nudge_batch", "before_commit", "after_commit"
_UNFINISHED = "SELECT FROM bellwork.jobs WHERE actor = 'companion.scan_inactivity' OR actor = 'mail.send'"
_NUDGES = "SELECT count(*), count(DISTINCT user_id) FROM companion.nudges"
_SENT = "SELECT state, count(*) FROM bellwork.letters GROUP BY state"


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters and a scheduler, with learners who do nothing, and mail that is put into a folder."""
    with transaction() as conn:
        load_learners(conn, {f"L{number}": {} for number in range(LEARNERS)})
    settings = {"SMTP_URL": f"file://{ground}/mail", "LEASE": "2", "BEAT": "0.5"}
    systems = "companion=bellwork.db.companion.system"
    with Cluster(ground, systems=systems, modules="", processes=1, scheduler=True, settings=settings) as cluster:
        yield cluster


def test_m6_a_scan_survives_the_death_of_its_worker_at_every_step(cluster: Cluster, ground: Path) -> None:
    """Killed in a batch, before and after the job's own commit: one nudge and one letter for each learner."""
    eventually(cluster.is_up, PATIENCE)
    failpoints.order(ground, _BATCH, "kill9")
    for point in (_BEFORE, _AFTER):
        failpoints.order(ground, point, "kill9", "companion.scan_inactivity")
    for _ in range(2):
        scan_inactivity.send()
    eventually(lambda: all(failpoints.taken(ground, point) for point in (_BATCH, _BEFORE, _AFTER)), 3 * PATIENCE)
    eventually(lambda: [("sent", LEARNERS)] == rows(_SENT), 3 * PATIENCE)
    eventually(lambda: not rows(_UNFINISHED), PATIENCE)

    assert [(LEARNERS, LEARNERS)] == rows(_NUDGES)
    assert LEARNERS == len(list((ground / "mail").glob("*.eml")))
    invariants.check()
