"""What the ledger shows as a worker's and is not in flight there is released; what is about to be in flight is not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from structlog.testing import capture_logs

from bellwork.db import ledger
from bellwork.db.engine import single_statements
from bellwork.workers import broker
from bellwork.workers.attempt import Attempt
from bellwork.workers.in_flight import InFlight
from bellwork.workers.poll import LedgerPoller
from tests.db.ledger import ledger_jobs as given
from tests.workers import look

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from bellwork.db.ledger import Held

HELD_BY = ledger.held_by

pytestmark = pytest.mark.usefixtures("database")


def look_over(worker: UUID, known: dict[int, Attempt]) -> None:
    """Look over everything, as after a lost answer, for nothing new."""
    in_flight = InFlight(broker)
    in_flight.attempts = known
    with single_statements() as conn:
        assert not LedgerPoller("default", in_flight).claim(conn, worker, [], 1, lost=True)


def as_known(worker: UUID) -> dict[int, Attempt]:
    """Return what the worker holds by the ledger, as its consumer knows it."""
    with single_statements() as conn:
        return {held.id: cast("Attempt", SimpleNamespace(held=held)) for held in HELD_BY(conn, worker, "default")}


def test_a_claim_that_nobody_heard_of_goes_back_and_others_stay() -> None:
    """Of two jobs that run in the worker's name the unknown one is available again, uncounted."""
    worker = given.appear()
    [first] = given.put()
    given.claim(worker, [first])
    known = as_known(worker)
    given.claim(worker, given.put()[-1:])
    look_over(worker, known)

    assert ["running", "available"] == look.states()
    assert [0, 0] == [job["retries"] + job["crashes"] for job in look.jobs()]


def test_a_newer_claim_of_a_known_job_that_nobody_heard_of_goes_back() -> None:
    """What is known is one attempt; a later one of the same job, whose claim's answer was lost, runs nowhere."""
    worker = given.appear()
    [job] = given.put()
    given.claim(worker, [job])
    known = as_known(worker)
    with single_statements() as conn:
        ledger.release(conn, [known[job].held])
    given.claim(worker, [job])
    look_over(worker, known)

    assert ["available"] == look.states()


def test_an_attempt_that_ended_during_the_look_is_not_reported_as_handed_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger showed it as running; it ended before the memory was asked, so nothing is handed back or logged."""
    worker = given.appear()
    given.claim(worker, given.put())

    def ended(conn: Connection, of: UUID, queue: str) -> list[Held]:
        held = HELD_BY(conn, of, queue)
        ledger.finish(conn, held)
        return held

    monkeypatch.setattr(ledger, "held_by", ended)
    with capture_logs() as logged:
        look_over(worker, {})

    assert (["done"], []) == (look.states(), logged)


def test_what_a_chains_commit_claims_during_the_look_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is known before it is committed; asked too early what is known, it would go back and be done twice."""
    worker, known = given.appear(), dict[int, Attempt]()

    def chained(conn: Connection, of: UUID, queue: str) -> list[Held]:
        given.claim(worker, given.put())
        known.update(as_known(of))
        return HELD_BY(conn, of, queue)

    monkeypatch.setattr(ledger, "held_by", chained)
    look_over(worker, known)

    assert ["running"] == look.states()
