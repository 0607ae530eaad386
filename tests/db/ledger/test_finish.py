"""Only who holds the lease finishes a job or marks it dead; it moves to the history whole."""

from __future__ import annotations

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import Held, LostLease, NewJob
from tests.db.ledger import ledger_jobs


def test_a_batch_is_finished_by_one_statement(database: str) -> None:
    """All attempts that hold their lease are done; the unfinished table is empty."""
    del database
    ids = ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR) for _ in range(100)])
    held = [job.held for job in ledger_jobs.claim(ledger_jobs.appear(), ids)]
    with transaction() as conn:
        finished = ledger.finish(conn, held)

    assert (set(ids), 0, {"done"}) == (finished, ledger_jobs.count(), set(ledger_jobs.states().values()))


@pytest.mark.parametrize("stale", [-1, 1])
def test_another_attempt_cannot_finish(database: str, stale: int) -> None:
    """A fencing number that is not the row's own changes nothing."""
    del database
    job = ledger_jobs.claim_one()
    with transaction() as conn:
        finished = ledger.finish(conn, [Held(job.id, job.attempt + stale, job.since)])

    assert (set(), "running") == (finished, ledger_jobs.show(job.id)["state"])


def test_a_job_cannot_be_finished_twice(database: str) -> None:
    """The second finish of the same attempt finds nothing."""
    del database
    job = ledger_jobs.claim_one()
    with transaction() as conn:
        first, second = ledger.finish(conn, [job.held]), ledger.finish(conn, [job.held])

    assert ({job.id}, set(), 1) == (first, second, ledger_jobs.count("finished_jobs"))


def test_a_buried_job_keeps_its_reason_and_its_errors(database: str) -> None:
    """Dead carries the reason and the last error beside the earlier ones."""
    del database
    job = ledger_jobs.claim_one()
    with transaction() as conn:
        ledger.mark_dead(conn, job.held, "no use", {"error": "last"})

    row = ledger_jobs.show(job.id)
    assert ("dead", "no use", [{"error": "last"}]) == (row["state"], row["reason"], row["errors"])


def test_burying_without_the_lease_is_refused(database: str) -> None:
    """LostLease names the job and the attempt, and the row stays."""
    del database
    job = ledger_jobs.claim_one()
    with pytest.raises(LostLease, match=f"^job {job.id} is no longer held by attempt 7$"), transaction() as conn:
        ledger.mark_dead(conn, Held(job.id, 7, job.since), "no use")

    assert "running" == ledger_jobs.show(job.id)["state"]
