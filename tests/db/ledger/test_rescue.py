"""Whose worker is gone is available again; crashes are counted to those who may have caused them, and to no other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.db.ledger.jobs import KEPT_ERRORS
from tests.db.ledger import ledger_jobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID


def counts(job: int) -> tuple[str, int, int]:
    """Tell a job's state, crashes and retries."""
    row = ledger_jobs.show(job)
    return row["state"], row["crashes"], row["retries"]


def lost(job: int) -> int:
    """Tell how many attempts of an unfinished job were lost."""
    with transaction() as conn:
        return int(conn.execute(text("SELECT lost FROM bellwork.jobs WHERE id = :id"), {"id": job}).scalar_one())


def test_an_expired_workers_jobs_are_rescued(database: str) -> None:
    """When the lease runs out the worker is gone and its job is available, with one loss, no crash, and the reason."""
    del database
    [job] = ledger_jobs.put()
    worker = ledger_jobs.appear(lease=60)
    ledger_jobs.claim(worker, [job])
    with transaction() as conn:
        ledger.beat(conn, [worker], -1)
    with transaction() as conn:
        rescued = ledger.rescue_expired(conn)

    assert ([job], ("available", 0, 0), 1, 0) == (rescued, counts(job), lost(job), ledger_jobs.count("workers"))
    assert ["the worker fell silent and its lease ran out"] == [e["error"] for e in ledger_jobs.show(job)["errors"]]


@pytest.mark.parametrize("charged", [True, False])
def test_a_death_is_charged_only_where_its_heartbeat_saw_it_alone(charged: bool, database: str) -> None:
    """A process that died alone is charged to what ran in it; one that went with its whole group counts a loss."""
    del database
    job = ledger_jobs.claim_one()
    with transaction() as conn:
        ledger.rescue_dead(conn, [job.worker_id], "the worker's process died", charged=charged)

    assert ("available", int(charged), 0) == counts(job.id)
    assert int(not charged) == lost(job.id)


def test_a_dead_worker_is_remembered_until_the_last_of_its_jobs_is_rescued(database: str) -> None:
    """A job that a transaction still holds is left; asked again, it counts the crash that ended it."""
    del database
    job = ledger_jobs.claim_one()
    with transaction() as finishing:
        ledger.finish(finishing, [job.held])
        assert [] == _rescue_elsewhere([job.worker_id])
        finishing.rollback()

    assert 1 == ledger_jobs.count("workers")
    assert [job.id] == _rescue_elsewhere([job.worker_id])
    assert (("available", 1, 0), 0) == (counts(job.id), ledger_jobs.count("workers"))


def test_a_live_workers_jobs_are_left_alone(database: str) -> None:
    """A rescue takes nothing from a worker whose lease holds."""
    del database
    job = ledger_jobs.claim_one()
    with transaction() as conn:
        assert [] == ledger.rescue_expired(conn)

    assert ("running", 0, 0) == counts(job.id)


def test_an_attempt_that_is_finishing_is_left_for_the_next_round(database: str) -> None:
    """A rescue does not wait for a row that a live transaction holds."""
    del database
    job = ledger_jobs.claim_one()
    with transaction() as conn:
        conn.execute(text("DELETE FROM bellwork.workers"))
    with transaction() as finishing:
        ledger.finish(finishing, [job.held])
        assert [] == _rescue_elsewhere()

    assert "done" == ledger_jobs.show(job.id)["state"]


def test_a_kill_counts_for_the_job_that_overran_alone(database: str) -> None:
    """After a deadline kill the overdue job has one retry more, its neighbours are not charged."""
    del database
    overdue, neighbour = ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob(ledger_jobs.ACTOR))
    worker = ledger_jobs.appear()
    ledger_jobs.claim(worker, [overdue, neighbour])
    with transaction() as conn:
        rescued = ledger.rescue_killed(conn, worker, [overdue])

    assert {overdue, neighbour} == set(rescued)
    assert (("available", 0, 1), ("available", 0, 0)) == (counts(overdue), counts(neighbour))
    assert (1, 0) == (len(ledger_jobs.show(overdue)["errors"]), len(ledger_jobs.show(neighbour)["errors"]))


def test_a_job_is_overdue_after_its_actors_hard_limit(database: str) -> None:
    """Overdue is who runs longer than the limit its worker declared; a message's own time_limit goes first."""
    del database
    by_actor, by_message, neither = ledger_jobs.put(
        NewJob(ledger_jobs.ACTOR), NewJob("t.long", options={"time_limit": 1_000}), NewJob("t.long")
    )
    worker = _appear_with_limits({ledger_jobs.ACTOR: 100.0, "t.long": None})
    ledger_jobs.claim(worker, [by_actor, by_message, neither], ledger_jobs.ACTOR, "t.long")
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.jobs SET claimed_at = now() - interval '101 seconds'"))
        [(found, _, jobs)] = ledger.overdue(conn, [worker], 5)

    assert (worker, {by_actor, by_message}) == (found, set(jobs))


def test_errors_of_endless_crashes_are_bounded(database: str) -> None:
    """However often a job is rescued, the newest errors are kept and the others let go."""
    del database
    [job] = ledger_jobs.put()
    for _ in range(KEPT_ERRORS + 3):
        worker = ledger_jobs.appear()
        ledger_jobs.claim(worker, [job])
        with transaction() as conn:
            ledger.rescue_killed(conn, worker, [job])

    assert KEPT_ERRORS == len(ledger_jobs.show(job)["errors"])


def _appear_with_limits(limits: dict[str, float | None]) -> UUID:
    worker = ledger_jobs.appear()
    with transaction() as conn:
        conn.execute(text("DELETE FROM bellwork.workers"))
        ledger.register_worker(conn, ledger.Worker(worker, "here", 1, 1, [], limits), 60)
    return worker


def _rescue_elsewhere(workers: Sequence[UUID] = ()) -> list[int]:
    def rescue() -> list[int]:
        with transaction() as conn:
            return ledger.rescue_dead(conn, workers, "gone")

    with ThreadPoolExecutor(1) as other:
        return other.submit(rescue).result(timeout=30)
