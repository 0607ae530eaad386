"""What the due sets are topped up with: the most urgent due jobs of each queue that somebody can run."""

from __future__ import annotations

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from tests.db.ledger import ledger_jobs


def test_the_most_urgent_come_first_and_the_others_are_left(database: str) -> None:
    """Of many priorities the lowest numbers fill the limit, each in the order of its due time."""
    del database
    jobs = [NewJob(ledger_jobs.ACTOR, priority=priority, delay=-age) for priority in (3, 1, 2) for age in (10, 30, 20)]
    ledger_jobs.put(*jobs)
    with transaction() as conn:
        due = ledger.due(conn, "default", [ledger_jobs.ACTOR], 5)

    assert [1, 1, 1, 2, 2] == [job.priority for job in due]
    assert [job.run_at for job in due[:3]] == sorted(job.run_at for job in due[:3])


def test_what_is_later_running_elsewhere_or_unknown_is_not_due(database: str) -> None:
    """Delayed and running jobs, those of other queues and of actors nobody knows are not offered."""
    del database
    ledger_jobs.put(
        NewJob(ledger_jobs.ACTOR, delay=60), NewJob(ledger_jobs.ACTOR, queue="other"), NewJob("t.unheard_of")
    )
    ledger_jobs.claim_one()
    with transaction() as conn:
        assert [] == ledger.due(conn, "default", [ledger_jobs.ACTOR], 10)


def test_waiting_queues_are_those_with_jobs_that_nobody_paused(database: str) -> None:
    """A queue is listed once, whether its jobs are due or later; a paused one is not."""
    del database
    ledger_jobs.put(
        *[NewJob(ledger_jobs.ACTOR, queue=queue, delay=delay) for queue in ("b", "a", "c") for delay in (0, 60)]
    )
    with transaction() as conn:
        ledger.pause(conn, "c", "ops", "")

        assert ["a", "b"] == ledger.waiting_queues(conn)
