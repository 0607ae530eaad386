"""What stands in the books as a worker's and is not known to it goes back; what it is about to know of does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db import ledger
from db.engine import single_statements
from tests.db.ledger import books as given
from tests.workers import look
from workers.books import Books

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from db.ledger import Held

pytestmark = pytest.mark.usefixtures("database")


def look_over(worker: UUID, known: dict[int, object]) -> None:
    """Look over everything, as after a lost answer, for nothing new."""
    with single_statements() as conn:
        assert not Books("default").claim(conn, worker, [], 1, known, lost=True)


def test_a_claim_that_nobody_heard_of_goes_back_and_others_stay() -> None:
    """Of two jobs that run in the worker's name the unknown one is available again, uncounted."""
    worker = given.appear()
    known, lost = given.put(), given.put()[-1]
    given.claim(worker, [*known, lost])
    look_over(worker, dict.fromkeys(known))

    assert ["running", "available"] == look.states()
    assert [0, 0] == [job["retries"] + job["crashes"] for job in look.jobs()]


def test_what_a_chains_commit_claims_during_the_look_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is known before it is committed; asked too early what is known, it would go back and be done twice."""
    worker, known, held_by = given.appear(), dict[int, object](), ledger.held_by

    def chained(conn: Connection, of: UUID, queue: str) -> list[Held]:
        [job] = given.put()
        known[job] = "expected"
        given.claim(worker, [job])
        return held_by(conn, of, queue)

    monkeypatch.setattr(ledger, "held_by", chained)
    look_over(worker, known)

    assert ["running"] == look.states()
