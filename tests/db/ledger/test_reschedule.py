"""Retry counts, snooze and release do not; none of them moves a job that somebody else holds."""

from __future__ import annotations

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import Held, NewJob
from bellwork.db.ledger.jobs import KEPT_ERRORS
from tests.db.ledger import ledger_jobs


def test_a_retry_counts_and_keeps_the_error(database: str) -> None:
    """The job is due again later, with one retry more and its error."""
    del database
    job = ledger_jobs.claim_one()
    with transaction() as conn:
        held = ledger.retry(conn, job.held, 60, {"error": "first"})

    row = ledger_jobs.show(job.id)
    assert (True, "scheduled", 1, [{"error": "first"}]) == (held, row["state"], row["retries"], row["errors"])


def test_a_snooze_counts_nothing(database: str) -> None:
    """The job is due again later and has not failed."""
    del database
    job = ledger_jobs.claim_one()
    with transaction() as conn:
        ledger.snooze(conn, job.held, 60)

    row = ledger_jobs.show(job.id)
    assert ("scheduled", 0, []) == (row["state"], row["retries"], row["errors"])


def test_a_release_keeps_the_place_in_the_queue(database: str) -> None:
    """Handed back, a job is available at once, as if it had not been claimed but for its attempt."""
    del database
    job = ledger_jobs.claim_one()
    due = ledger_jobs.show(job.id)["run_at"]
    with transaction() as conn:
        ledger.release(conn, [job.held])

    row = ledger_jobs.show(job.id)
    assert ("available", 0, 1) == (row["state"], row["retries"], row["attempt"])
    assert row["run_at"] >= due


def test_who_lost_the_lease_moves_nothing(database: str) -> None:
    """With an old fencing number retry and snooze say False, and the row still runs."""
    del database
    job = ledger_jobs.claim_one()
    stale = Held(job.id, job.attempt - 1, job.since)
    with transaction() as conn:
        told = (ledger.retry(conn, stale, 0, {}), ledger.snooze(conn, stale, 0))
        ledger.release(conn, [stale])

    assert ((False, False), "running") == (told, ledger_jobs.show(job.id)["state"])


def test_a_job_that_fails_for_ever_does_not_grow_for_ever(database: str) -> None:
    """Of very many errors the newest are kept, in order."""
    del database
    [job] = ledger_jobs.put()
    worker = ledger_jobs.appear()
    for number in range(KEPT_ERRORS + 5):
        [claimed] = ledger_jobs.claim(worker, [job])
        with transaction() as conn:
            ledger.retry(conn, claimed.held, 0, {"error": number})

    row = ledger_jobs.show(job)
    assert list(range(5, KEPT_ERRORS + 5)) == [error["error"] for error in row["errors"]]
    assert KEPT_ERRORS + 5 == row["retries"]


def test_what_a_worker_holds_is_listed_with_its_proofs(database: str) -> None:
    """Of its own and of one queue; with the proof of each it can be handed back."""
    del database
    mine = ledger_jobs.claim(
        worker := ledger_jobs.appear(),
        ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob(ledger_jobs.ACTOR, queue="other")),
    )
    ledger_jobs.claim(ledger_jobs.appear(), ledger_jobs.put()[-1:])
    with transaction() as conn:
        held = ledger.held_by(conn, worker, "default")
        ledger.release(conn, held)

    assert [mine[0].held] == held
    assert ["available", "running", "running"] == list(dict(sorted(ledger_jobs.states().items())).values())
