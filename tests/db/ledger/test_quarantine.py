"""A kind of job whose jobs kill process after process, each alone in it, is held back for ten minutes."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob, Worker
from tests.db.ledger import ledger_jobs

HALF = ledger.suspicious_from


def die(*jobs: int, times: int = 1) -> None:
    """Let a worker die that runs these jobs, so many times."""
    for _ in range(times):
        worker = ledger_jobs.appear()
        ledger_jobs.claim(worker, jobs)
        with transaction() as conn:
            ledger.rescue_dead(conn, [worker], "the worker's process died")


def quarantined() -> list[str]:
    """List what is quarantined."""
    with transaction() as conn:
        return ledger.quarantined(conn)


def test_three_jobs_that_each_kill_their_process_alone_quarantine_their_kind(database: str) -> None:
    """The third suspect of one actor that dies alone does it; no id of that actor is offered any more."""
    del database
    jobs = ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * 3)
    for job in jobs:
        assert [] == quarantined()
        die(job, times=HALF() + 1)
    with transaction() as conn:
        ledger.register_worker(
            conn, Worker(uuid4(), "here", 1, 1, ["q"], {ledger_jobs.ACTOR: None, "t.other": None}), 60
        )

    assert [ledger_jobs.ACTOR] == quarantined()
    with transaction() as conn:
        assert ["t.other"] == ledger.known_actors(conn)


def test_one_deadly_job_is_no_deadly_kind(database: str) -> None:
    """It dies of its own crashes, however many; the other jobs of its actor go on."""
    del database
    die(*ledger_jobs.put(), times=HALF() + 3)

    assert [] == quarantined()


def test_neighbours_of_a_dead_process_are_not_convicted(database: str) -> None:
    """Three that die together, again and again, may all but one have nothing to do with it."""
    del database
    die(*ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * 3), times=HALF() + 3)

    assert [] == quarantined()


def test_killed_processes_with_one_job_each_are_no_deadly_kind(database: str) -> None:
    """Machines that fail end whatever runs there: no crash is recorded of a job that was no suspect before."""
    del database
    for job in ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * 3):
        die(job, times=HALF())

    assert [] == quarantined()


def test_after_ten_minutes_the_kind_is_tried_again(database: str) -> None:
    """Old crashes count no more, and the next one takes their rows away."""
    del database
    jobs = ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * 3)
    for job in jobs:
        die(job, times=HALF() + 1)
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.crashes SET at = at - interval '10 minutes'"))
    assert [] == quarantined()
    die(jobs[0])

    assert 1 == ledger_jobs.count("crashes")
