"""A quarantined actor is tried with one job at a time, and is free again when one was run and its process lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from tests.db.ledger import ledger_jobs

if TYPE_CHECKING:
    from uuid import UUID

    from bellwork.db.ledger import Claimed

QUEUES = {ledger_jobs.ACTOR: "default"}


@pytest.fixture
def jobs(database: str) -> list[int]:
    """Three waiting jobs of an actor that has just been quarantined."""
    del database
    jobs = ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * 3)
    with transaction() as conn:
        conn.execute(text("INSERT INTO bellwork.crashes (actor, job_id) SELECT actor, id FROM bellwork.jobs"))
    return jobs


def begin(worker: UUID) -> Claimed | None:
    """Ask for a probe."""
    with transaction() as conn:
        return ledger.begin_probe(conn, worker, QUEUES)


def begin_now(worker: UUID) -> Claimed:
    """Ask for a probe whose time has come."""
    begin(worker)
    pass_time(600)
    job = begin(worker)
    assert job
    return job


def pass_time(seconds: int) -> None:
    """Bring the next probe so much nearer."""
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.probes SET next_at = next_at - make_interval(secs => :s)"), {"s": seconds})


def wait_for_next() -> int:
    """Tell in how many seconds the next probe is due."""
    with transaction() as conn:
        found = conn.execute(text("SELECT extract(epoch FROM next_at - now()) FROM bellwork.probes"))
        return round(float(found.scalar_one()))


def quarantined() -> list[str]:
    """List what is quarantined."""
    with transaction() as conn:
        return ledger.quarantined(conn)


def end(job: Claimed) -> bool:
    """End a probe."""
    with transaction() as conn:
        return ledger.end_probe(conn, job)


def test_one_worker_gets_one_job_fifteen_seconds_after_the_last_crash(jobs: list[int]) -> None:
    """Nobody gets one before; then one does, and while he is registered nobody else; the next is due after 30 s."""
    one, other = ledger_jobs.appear(), ledger_jobs.appear()
    assert begin(one) is None
    assert 15 == wait_for_next()
    pass_time(15)

    assert [True, False, False] == [begin(worker) is not None for worker in (one, other, one)]
    assert 30 == wait_for_next()
    assert 1 == sum(ledger_jobs.show(job)["state"] == "running" for job in jobs)


def test_an_actor_whose_job_was_run_is_free(jobs: list[int]) -> None:
    """Done or failed, its process lives on: the crashes are forgotten, and a next quarantine begins anew."""
    job = begin_now(ledger_jobs.appear())
    with transaction() as conn:
        ledger.retry(conn, job.held, 0, {"error": "its own"})

    assert end(job)
    assert [] == quarantined()
    assert (0, 0, 3) == (ledger_jobs.count("probes"), ledger_jobs.count("crashes"), len(jobs))


def test_a_job_that_was_handed_back_shows_nothing(jobs: list[int]) -> None:
    """Unrun or snoozed: the actor stays quarantined, and the next probe is for whoever asks when it is due."""
    job = begin_now(ledger_jobs.appear())
    with transaction() as conn:
        ledger.release(conn, [job.held])

    assert not end(job)
    assert [ledger_jobs.ACTOR] == quarantined()
    pass_time(30)
    assert begin(ledger_jobs.appear())
    assert 3 == len(jobs)


def test_a_probe_that_kills_its_process_prolongs_the_quarantine(jobs: list[int]) -> None:
    """Its crashes are as of now, and each next probe is twice as much later, up to five minutes."""
    waits = []
    for _ in range(6):
        job = begin_now(ledger_jobs.appear())
        waits.append(wait_for_next())
        with transaction() as conn:
            conn.execute(text("UPDATE bellwork.crashes SET at = now() - interval '9 minutes'"))
        with transaction() as conn:
            ledger.rescue_dead(conn, [job.worker_id], "the worker's process died")

    with transaction() as conn:
        fresh = conn.execute(text("SELECT count(*) FROM bellwork.crashes WHERE at > now() - interval '1 minute'"))
        assert len(jobs) == fresh.scalar_one()
    assert [30, 60, 120, 240, 300, 300] == waits


def test_without_a_due_job_it_is_looked_for_again(jobs: list[int]) -> None:
    """Nothing waits: no probe is used up, and somebody looks again after five seconds."""
    with transaction() as conn:
        ledger.cancel(conn, jobs, "not wanted")
    begin(ledger_jobs.appear())
    pass_time(15)

    assert begin(ledger_jobs.appear()) is None
    assert 5 == wait_for_next()
    ledger_jobs.put()
    pass_time(5)
    assert begin(ledger_jobs.appear())
    assert 30 == wait_for_next()
