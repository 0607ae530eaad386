"""What befalls attempts and processes is counted once, by its reason, however often and by whomever it is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db import ledger
from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.ledger.occurrences import REASONS, Count, fold_occurrences, occurrences
from tests.db.ledger import hands, ledger_jobs

if TYPE_CHECKING:
    from uuid import UUID

    from bellwork.db.ledger.occurrences import Kind

pytestmark = pytest.mark.usefixtures("database")


def counts(kind: Kind) -> dict[str, int]:
    """Return how often each thing of a kind befell, without those that never did."""
    with transaction() as conn:
        found = occurrences(psycopg_of(conn))[kind]
    return {reason: count.ever for reason, count in found.items() if count.ever}


def at_work(jobs: int = 1) -> tuple[UUID, list[int]]:
    """Let a new worker run so many new jobs."""
    worker = ledger_jobs.appear()
    new = ledger_jobs.put(*[ledger.NewJob(ledger_jobs.ACTOR) for _ in range(jobs)])[-jobs:]
    ledger_jobs.claim(worker, new)
    return worker, new


def test_what_never_befell_is_counted_from_the_beginning() -> None:
    """As 0: a count that begins with its first time would hide that time from whoever looks at increases."""
    with transaction() as conn:
        found = occurrences(psycopg_of(conn))

    assert {kind: dict.fromkeys(reasons, Count(0, 0)) for kind, reasons in REASONS.items()} == found


def test_each_end_of_a_process_is_counted_once_with_the_jobs_it_had() -> None:
    """One that died, one whose master died, too, one that fell silent, and one that was killed beside a neighbour."""
    died, _ = at_work(2)
    with transaction() as conn:
        ledger.rescue_dead(conn, [died], "it died")
        ledger.rescue_dead(conn, [died], "it died")
    orphan, _ = at_work()
    with transaction() as conn:
        ledger.rescue_dead(conn, [orphan], "its master died", charged=False)
    silent, _ = at_work(3)
    hands.strike_dumb(silent)
    with transaction() as conn:
        ledger.rescue_expired(conn)
        ledger.rescue_expired(conn)
    slow, [late, _] = at_work(2)
    with transaction() as conn:
        ledger.rescue_killed(conn, slow, [late])

    assert {"died": 1, "master died": 1, "silent": 1, "killed": 1} == counts("ended")
    assert {"died": 2, "master died": 1, "silent": 3, "overran": 1, "neighbour overran": 1} == counts("reclaimed")


def test_a_clean_stop_is_nothing_that_befell() -> None:
    """Whatever it hands back."""
    worker, _ = at_work(2)
    with transaction() as conn:
        ledger.deregister(conn, worker)

    assert ({}, {}) == (counts("ended"), counts("reclaimed"))


def test_a_late_attempt_is_counted_by_what_became_of_its_job() -> None:
    """It runs elsewhere, was finished there, or was cancelled; what the attempt itself has finished is no rejection."""
    job = ledger_jobs.claim_one()
    elsewhere, finished, cancelled = job.held._replace(attempt=7), ledger_jobs.claim_one(), ledger_jobs.claim_one()
    with transaction() as conn:
        ledger.finish(conn, [finished.held])
        ledger.cancel(conn, [cancelled.id], "not needed")
        ledger.note_fenced(conn, [elsewhere, finished.held._replace(attempt=0), cancelled.held, finished.held])

    assert {"reclaimed": 1, "finished": 1, "cancelled": 1} == counts("fenced")


def test_what_is_older_than_an_hour_is_kept_as_a_total() -> None:
    """Counted as before, with no row of its own, and not as recent."""
    with transaction() as conn:
        ledger.rescue_dead(conn, [at_work()[0]], "it died")
    hands.run("UPDATE bellwork.occurrences SET at = now() - interval '61 minutes'")
    with transaction() as conn:
        ledger.rescue_dead(conn, [at_work()[0]], "it died")
        fold_occurrences(psycopg_of(conn))
        found = occurrences(psycopg_of(conn))

    assert Count(2, 1) == found["ended"]["died"] == found["reclaimed"]["died"]
    assert 2 == ledger_jobs.count("occurrences")
