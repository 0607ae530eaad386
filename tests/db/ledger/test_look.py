"""What operators look at agrees with what is in the books."""

from __future__ import annotations

from db import ledger
from db.engine import transaction
from db.ledger import NewJob
from tests.db.ledger import books


def test_depths_tell_due_scheduled_and_running_apart(database: str) -> None:
    """Each unfinished job is counted once, and the oldest due one gives the age."""
    del database
    running = books.claim_one()
    books.put(NewJob(books.ACTOR, delay=-100), NewJob(books.ACTOR), NewJob(books.ACTOR, delay=600))
    with transaction() as conn:
        [depth] = ledger.queue_depths(conn)

    assert (running.queue, 2, 1, 1) == (depth["queue"], depth["due"], depth["scheduled"], depth["running"])
    assert 100 <= depth["oldest_due_seconds"] < 200


def test_jobs_are_listed_by_what_is_asked(database: str) -> None:
    """State (scheduled too), actor and queue each narrow the list; finished jobs are in it."""
    del database
    done = books.claim_one()
    with transaction() as conn:
        ledger.finish(conn, [done.held])
        ledger.enqueue(conn, [NewJob("t.a", queue="a", delay=60), NewJob("t.b", queue="b")])

        assert ["t.a"] == [job["actor"] for job in ledger.list_jobs(conn, state="scheduled")]
        assert ["t.b"] == [job["actor"] for job in ledger.list_jobs(conn, actor="t.b")]
        assert ["t.a"] == [job["actor"] for job in ledger.list_jobs(conn, queue="a")]
        assert [done.id] == [job["id"] for job in ledger.list_jobs(conn, state="done")]
        assert ledger.show_job(conn, 999) is None


def test_workers_are_listed_with_what_they_run(database: str) -> None:
    """A worker's line tells its actors, the seconds left of its lease and its running jobs."""
    del database
    books.claim_one()
    with transaction() as conn:
        [worker] = ledger.list_workers(conn)

    assert (1, [books.ACTOR]) == (worker["running"], worker["actors"])
    assert 0 < worker["lease_left"] <= 60
