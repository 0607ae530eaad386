"""A unique_key makes an enqueue a no-op while an unfinished job carries it, however many try at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from tests.db.ledger import ledger_jobs

ENQUEUE = text("SELECT bellwork.enqueue(:actor, unique_key => 'k')")
CALLERS = 50
CONNECTIONS = 25


def test_fifty_callers_make_one_row(database: str) -> None:
    """Of 50 threads that enqueue one key at the same time one inserts, and all are told the same job."""
    del database
    together = Barrier(CONNECTIONS)

    def call(number: int) -> int:
        if number < CONNECTIONS:
            together.wait(60)
        with transaction() as conn:
            return int(conn.execute(ENQUEUE, {"actor": ledger_jobs.ACTOR}).scalar_one())

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        ids = set(threads.map(call, range(CALLERS)))

    assert (1, 1) == (len(ids), ledger_jobs.count())


def test_the_key_is_free_again_after_the_finish(database: str) -> None:
    """When its job is done, the same key makes a new job."""
    del database
    [first] = ledger_jobs.put(NewJob(ledger_jobs.ACTOR, unique_key="k"))
    [claimed] = ledger_jobs.claim(ledger_jobs.appear(), [first])
    with transaction() as conn:
        ledger.finish(conn, [claimed.held])

    [second] = ledger_jobs.put(NewJob(ledger_jobs.ACTOR, unique_key="k"))

    assert {first: "done", second: "available"} == ledger_jobs.states()


def test_the_key_is_held_while_the_job_runs(database: str) -> None:
    """A running job keeps its key: an enqueue meanwhile is told of it and adds nothing."""
    del database
    [job] = ledger_jobs.put(NewJob(ledger_jobs.ACTOR, unique_key="k"))
    ledger_jobs.claim(ledger_jobs.appear(), [job])

    with transaction() as conn:
        told = conn.execute(ENQUEUE, {"actor": ledger_jobs.ACTOR}).scalar_one()

    assert (job, {job: "running"}) == (told, ledger_jobs.states())


def test_an_enqueue_repeated_because_its_answer_was_lost_is_one_job(database: str) -> None:
    """Who did not hear the commit and enqueues again under the same key gets the job that is there."""
    del database
    with transaction() as conn:
        lost = conn.execute(ENQUEUE, {"actor": ledger_jobs.ACTOR}).scalar_one()
    with transaction() as conn:
        repeated = conn.execute(ENQUEUE, {"actor": ledger_jobs.ACTOR}).scalar_one()

    assert (lost, 1) == (repeated, ledger_jobs.count())
