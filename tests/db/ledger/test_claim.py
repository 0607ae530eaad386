"""A claim takes what is available, due, unpaused and known, once; everything else gives no row and no wait."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from tests.db.ledger import ledger_jobs


def test_a_claim_counts_the_attempt_and_names_the_worker(database: str) -> None:
    """The row runs, under its worker's name, as attempt 1."""
    del database
    [job] = ledger_jobs.put(NewJob(ledger_jobs.ACTOR, args={"x": 1}, options={"max_retries": 2}))
    worker = ledger_jobs.appear()

    [claimed] = ledger_jobs.claim(worker, [job])

    assert (job, 1, {"x": 1}, {"max_retries": 2}) == (claimed.id, claimed.attempt, claimed.args, claimed.options)
    assert ("running", worker) == (ledger_jobs.show(job)["state"], ledger_jobs.show(job)["worker_id"])


def test_an_id_given_a_hundred_times_is_claimed_once(database: str) -> None:
    """Duplicates in one claim give one row, and a second claim gives none."""
    del database
    [job] = ledger_jobs.put()
    worker = ledger_jobs.appear()

    assert (1, 0) == (len(ledger_jobs.claim(worker, [job] * 100)), len(ledger_jobs.claim(worker, [job])))


def test_many_workers_share_the_jobs_without_a_pair(database: str) -> None:
    """Eight workers that claim the same 200 ids at once get each job exactly once between them."""
    del database
    ids = ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR) for _ in range(200)])
    workers = [ledger_jobs.appear() for _ in range(8)]

    with ThreadPoolExecutor(8) as threads:
        rounds = list(threads.map(lambda worker: ledger_jobs.claim(worker, ids), workers))

    # A row that another claim had locked was skipped by everybody else, never taken twice.
    taken = [job.id for round_ in rounds for job in round_]
    assert sorted(set(taken)) == sorted(taken)
    assert set(taken) | {job.id for job in ledger_jobs.claim(workers[0], ids)} == set(ids)


def test_a_locked_row_is_passed_by(database: str) -> None:
    """A claim does not wait for a row that somebody else holds; it takes the others."""
    del database
    locked, free = ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob(ledger_jobs.ACTOR))
    worker = ledger_jobs.appear()
    with transaction() as conn:
        conn.execute(text("SELECT FROM bellwork.jobs WHERE id = :id FOR UPDATE"), {"id": locked})
        with ThreadPoolExecutor(1) as other:
            taken = other.submit(ledger_jobs.claim, worker, [locked, free]).result(timeout=30)

    assert [free] == [job.id for job in taken]


def test_a_job_of_an_unknown_actor_is_left_alone(database: str) -> None:
    """A worker without the actor takes neither by id nor from the ledger, and one that has it takes the job."""
    del database
    [job] = ledger_jobs.put(NewJob("t.unheard_of"))
    worker = ledger_jobs.appear()
    with transaction() as conn:
        from_the_ledger = ledger.claim_next(conn, worker, "default", [ledger_jobs.ACTOR], 10)

    assert ([], []) == (from_the_ledger, ledger_jobs.claim(worker, [job]))
    assert 0 == ledger_jobs.show(job)["attempt"]
    assert [job] == [claimed.id for claimed in ledger_jobs.claim(worker, [job], "t.unheard_of")]


def test_a_paused_queue_gives_nothing_until_it_is_resumed(database: str) -> None:
    """While a queue is paused neither claim takes from it."""
    del database
    [job] = ledger_jobs.put()
    worker = ledger_jobs.appear()
    with transaction() as conn:
        ledger.pause(conn, "default", "ops", "maintenance")
    paused = ledger_jobs.claim(worker, [job])
    with transaction() as conn:
        paused_next = ledger.claim_next(conn, worker, "default", [ledger_jobs.ACTOR], 10)
        ledger.resume(conn, "default", "ann", "it may go on")

    assert ([], [], 1) == (paused, paused_next, len(ledger_jobs.claim(worker, [job])))


def test_a_job_that_is_due_later_is_not_claimed(database: str) -> None:
    """An id in the due set too early gives no row."""
    del database
    [job] = ledger_jobs.put(NewJob(ledger_jobs.ACTOR, delay=3_600))

    assert [] == ledger_jobs.claim(ledger_jobs.appear(), [job])


def test_a_vanished_worker_claims_nothing(database: str) -> None:
    """Without its row of life a worker gets nothing, neither by id nor from the ledger."""
    del database
    [job] = ledger_jobs.put()
    with transaction() as conn:
        from_the_ledger = ledger.claim_next(conn, uuid4(), "default", [ledger_jobs.ACTOR], 10)

    assert ([], []) == (from_the_ledger, ledger_jobs.claim(uuid4(), [job]))


def test_the_books_give_the_most_urgent_first(database: str) -> None:
    """Straight from the ledger the lowest priority number comes first, then who has waited longest."""
    del database
    late, urgent, soon = ledger_jobs.put(
        NewJob(ledger_jobs.ACTOR, priority=5),
        NewJob(ledger_jobs.ACTOR, priority=-5),
        NewJob(ledger_jobs.ACTOR, priority=5, delay=-60),
    )
    worker, order = ledger_jobs.appear(), []
    for _ in range(3):
        with transaction() as conn:
            order += [job.id for job in ledger.claim_next(conn, worker, "default", [ledger_jobs.ACTOR], 1)]

    assert [urgent, soon, late] == order


@pytest.mark.parametrize("most", [0, 1, 3])
def test_the_books_give_no_more_than_asked(database: str, most: int) -> None:
    """`limit` is kept."""
    del database
    ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR) for _ in range(5)])
    worker = ledger_jobs.appear()
    with transaction() as conn:
        taken = ledger.claim_next(conn, worker, "default", [ledger_jobs.ACTOR], most)

    assert most == len(taken)
