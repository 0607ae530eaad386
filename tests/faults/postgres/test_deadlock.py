"""An operator cancels jobs that a worker finishes this very moment, each in its own order: one of both gives way.

PostgreSQL looks for a deadlock once, when a session has waited for its `deadlock_timeout`. The operator's is set, the
worker's is the default of 1 s: so the test decides who is looked at first, and gives way.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import DatabaseError, transaction
from bellwork.workers import broker, job
from bellwork.workers.attempt import Attempt
from bellwork.workers.testing import _appear, drain, run_due
from tests.faults import invariants
from tests.faults.ground import PATIENCE, effects, rows
from tests.faults.own_sessions import locked
from tests.helpers import eventually

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

GIVES_WAY = {"operator": "400ms", "worker": "1min"}
BOUND = 10.0
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
_HISTORY = "SELECT args ->> 'name' AS name, state::text FROM bellwork.finished_jobs"
#: With thousands of jobs running PostgreSQL looks for each by its id, in the order in which it is asked for them.
_FLEET = """
INSERT INTO bellwork.jobs (queue, actor, state, attempt, worker_id, claimed_at)
SELECT 'fleet', 'fleet', 'running', 1, gen_random_uuid(), now() FROM generate_series(1, 3000);
ANALYZE bellwork.jobs
"""
_go_on = Event()


@dramatiq.actor(actor_name="t.batched", queue_name="t.batched", lane="short", min_backoff=1)
def batched(name: str) -> None:
    """Write one effect."""
    with job.transaction() as conn:
        conn.execute(text("INSERT INTO effects VALUES (:id, :name)"), {"id": job.current().id, "name": name})


@dramatiq.actor(actor_name="t.chained", queue_name="t.chained", min_backoff=1)
def chained(name: str) -> None:
    """Write one effect; the second sends the next job, with the key that the first one holds."""
    with job.transaction() as conn:
        conn.execute(text("INSERT INTO effects VALUES (:id, :name)"), {"id": job.current().id, "name": name})
        if name == "second":
            _go_on.wait(PATIENCE)
            chained.send_with_options(kwargs={"name": "third"}, unique_key="taken")


@pytest.fixture(autouse=True)
def empty_ledger(ground: Path) -> None:
    """Nothing is left of the test before; a fleet is at work."""
    del ground
    rows("TRUNCATE bellwork.jobs, bellwork.finished_jobs, effects")
    rows(_FLEET)
    _go_on.clear()


@pytest.mark.parametrize("loser", GIVES_WAY)
def test_g6_a_batch_that_finishes_against_a_cancel_ends_whole(loser: str) -> None:
    """The batch goes by priority and the cancel by id: each job is done with its effect, or cancelled without."""
    with transaction():
        batched.send_with_options(kwargs={"name": "first"}, priority=9)
        batched.send_with_options(kwargs={"name": "second"}, priority=0)
    first, second = _ids()
    _appear()
    with transaction() as conn:
        attempts = [Attempt(each) for each in ledger.claim(conn, broker.worker_id, [first, second], ["t.batched"])]
    with ThreadPoolExecutor(2) as pool:
        with locked(f"SELECT FROM bellwork.jobs WHERE id = {first} FOR UPDATE"):
            cancelling = pool.submit(_cancel, [first, second], GIVES_WAY[loser])
            _waits(1)
            finishing = pool.submit(broker.batch_actor, attempts)
            _waits(2)
        _assert_whole(cancelling, finishing)


@pytest.mark.parametrize("loser", GIVES_WAY)
def test_g6_a_stage_whose_next_job_meets_a_cancelled_key_ends_whole(loser: str) -> None:
    """The stage waits for the key of a job that is being cancelled, the cancel for the stage: one of both happens."""
    chained.send_with_options(kwargs={"name": "first"}, unique_key="taken")
    chained.send(name="second")
    first, second = _ids()
    _appear()
    with ThreadPoolExecutor(2) as pool:
        finishing = pool.submit(run_due, [second])
        eventually(lambda: rows("SELECT FROM bellwork.jobs WHERE id = :id AND attempt = 1", id=second), PATIENCE)
        eventually(lambda: not _is_free(second), PATIENCE)
        cancelling = pool.submit(_cancel, [first, second], GIVES_WAY[loser])
        _waits(1)
        _go_on.set()
        _assert_whole(cancelling, finishing)


def _assert_whole(cancelling: Future[list[int]], finishing: Future[Any]) -> None:
    """Assert that both ended, and that what is not cancelled is done, now or when it is tried again."""
    began = time.monotonic()
    refused = cancelling.exception(PATIENCE)
    finishing.result(PATIENCE)
    took = time.monotonic() - began
    assert refused is None or isinstance(refused, DatabaseError)
    sys.stdout.write(f"{'the operator' if refused else 'the worker'} gave way after {took:.2f} s\n")
    drain(later=True)
    history = rows(_HISTORY)

    assert took < BOUND
    assert [] == _ids()
    assert {"first", "second"} <= {each.name for each in history}
    assert {"done" if refused else "cancelled"} == {each.state for each in history}
    assert sorted(each.name for each in history if each.state == "done") == effects("%")
    invariants.check()


def _cancel(ids: list[int], patience: str) -> list[int]:
    with transaction() as conn:
        conn.execute(text(f"SET LOCAL deadlock_timeout = '{patience}'"))
        return ledger.cancel(conn, ids, "no longer wanted")


def _ids() -> list[int]:
    return [row.id for row in rows("SELECT id FROM bellwork.jobs WHERE queue <> 'fleet' ORDER BY id")]


def _waits(count: int) -> None:
    eventually(lambda: rows(_WAITING)[0][0] == count, PATIENCE)


def _is_free(job_id: int) -> bool:
    return bool(rows("SELECT FROM bellwork.jobs WHERE id = :id FOR UPDATE SKIP LOCKED", id=job_id))
