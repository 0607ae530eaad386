"""Jobs behind PgBouncer in transaction mode: every way they can go, by more clients than there are sessions."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import transaction
from tests.faults import actors, chores, invariants, lessons, orders
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, notes, rows, worker_of
from tests.faults.postgres.conftest import SESSIONS
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.own_pgbouncer import PgBouncer

REQUESTS = 10
_SESSIONS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
"""


@pytest.fixture(scope="module")
def cluster(pooled: Path) -> Iterator[Cluster]:
    """Two masters and a scheduler behind the pooler, for the content pipeline and the work of these tests."""
    lessons.load()
    settings = {"STORAGE_URL": f"file://{pooled}/storage", "SMTP_URL": f"file://{pooled}/mail"}
    modules = "tests.faults.actors,tests.faults.chores,tests.faults.studio"
    with Cluster(pooled, systems="content", modules=modules, processes=1, scheduler=True, settings=settings) as cluster:
        yield cluster


def test_g12_every_way_of_a_job_leads_through_the_pooler(cluster: Cluster) -> None:
    """Pipelines, retries, batches of the short lane, a unique key and a lesson are done, each effect once."""
    names = [f"pooled-{number}" for number in range(REQUESTS)]
    tidied = [f"tidy-{number:02}" for number in range(60)]
    for name in names:
        orders.ask(name)
    lessons.ask("pooled", "Explain Newton's third law")
    with transaction():
        for number in range(3):
            actors.nap.send_with_options(kwargs={"name": f"key-{number}"}, unique_key="g12")
            chores.stumble.send(name=f"stumble-{number}")
        for name in tidied:
            chores.tidy.send(name=name)
    eventually(lambda: orders.is_done("pooled-%", REQUESTS), PATIENCE)
    eventually(lambda: len(jobs("tidy-%", "done")) == len(tidied), PATIENCE)
    eventually(lambda: len(jobs("stumble-%", "done")) == 3 and lessons.are_completed("pooled"), PATIENCE)

    orders.assert_once("pooled-%", REQUESTS)
    assert tidied == effects("tidy-%")
    assert [1, 1, 1] == [job.retries for job in jobs("stumble-%")]
    assert 1 == len(jobs("key-%"))
    assert [dict.fromkeys(lessons.COLD, 1)] == lessons.passed("pooled")
    assert rows(_SESSIONS)[0][0] <= SESSIONS
    assert "prepared statement" not in cluster.logs()
    invariants.check()


def test_g12_a_dead_worker_and_a_restarted_pooler_cost_seconds(
    cluster: Cluster, pooled: Path, pooler: PgBouncer
) -> None:
    """A job whose worker was killed runs elsewhere in 5 s; what ends while the pooler is away is finished, once."""
    actors.hold.send(name="killed")
    actors.hold.send(name="cut")
    eventually(lambda: notes(pooled, "start", "killed") and notes(pooled, "start", "cut"), PATIENCE)
    os.kill(worker_of("killed").pid, signal.SIGKILL)
    began = time.monotonic()
    eventually(lambda: len(notes(pooled, "start", "killed")) == 2, RECOVERY)
    sys.stdout.write(f"runs elsewhere {time.monotonic() - began:.2f} s after the kill\n")
    pooler.stop()
    for name in ("killed", "cut"):
        (pooled / f"go-{name}").touch()
    pooler.start()
    eventually(lambda: jobs("killed", "done") and jobs("cut", "done"), PATIENCE)
    sys.stdout.write(f"done {time.monotonic() - began:.2f} s after the kill\n")

    assert (["cut"], ["killed"]) == (effects("cut"), effects("killed"))
    eventually(cluster.is_up, PATIENCE)
    invariants.check()
