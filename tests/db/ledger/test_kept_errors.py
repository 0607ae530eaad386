"""A job that dies again and again does not grow: of its errors the newest are kept."""

from __future__ import annotations

import pytest

from bellwork.db import ledger
from bellwork.db.ledger.jobs import KEPT_ERRORS
from tests.db.ledger import ledger_jobs
from tests.db.ledger.hands import act


@pytest.mark.usefixtures("database")
def test_errors_of_a_job_that_is_buried_and_put_back_are_bounded() -> None:
    """However often an operator retries what dies, no more than KEPT_ERRORS are kept, and the newest is among them."""
    [job] = ledger_jobs.put()
    worker = ledger_jobs.appear()
    for number in range(KEPT_ERRORS + 3):
        [claimed] = ledger_jobs.claim(worker, [job])
        act(ledger.mark_dead, claimed.held, "no use", {"error": str(number)})
        act(ledger.retry_finished, [job])
    errors = [error["error"] for error in ledger_jobs.show(job)["errors"]]

    assert [str(number) for number in range(3, KEPT_ERRORS + 3)] == errors


@pytest.mark.usefixtures("database")
def test_nothing_is_let_go_where_nothing_is_added() -> None:
    """A snooze, and an end that tells of no error, leave all of them as they are; a rename adds a note of its own."""
    [job] = ledger_jobs.put()
    worker = ledger_jobs.appear()
    for number in range(KEPT_ERRORS):
        act(ledger.retry, ledger_jobs.claim(worker, [job])[0].held, 0, {"error": str(number)})
    act(ledger.snooze, ledger_jobs.claim(worker, [job])[0].held, 0)
    act(ledger.mark_dead, ledger_jobs.claim(worker, [job])[0].held, "no use")
    kept = [error["error"] for error in ledger_jobs.show(job)["errors"]]
    act(ledger.retry_finished, [job])
    act(ledger.register_actors, [{"name": "t.new", "queue": "default", "priority": 0, "lane": "long"}])
    act(ledger.rename, ledger_jobs.ACTOR, "t.new", "ann", 1)
    renamed = [error["error"] for error in ledger_jobs.show(job)["errors"]]

    assert [str(number) for number in range(KEPT_ERRORS)] == kept
    assert [*kept[1:], f"renamed from {ledger_jobs.ACTOR} by ann"] == renamed
