"""Numbers that make no date: a delay or a limit beyond all calendars stops neither its own job nor anybody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db import ledger
from bellwork.db.ledger import NewJob
from tests.db.ledger import ledger_jobs
from tests.db.ledger.hands import act

if TYPE_CHECKING:
    from collections.abc import Callable

    from bellwork.db.ledger import Held

#: The seconds of thirty thousand years, and of more than any interval holds.
AGES = (1e12, 1e300)
WAYS: dict[str, Callable[[Held, float], object]] = {
    "retry": lambda held, delay: act(ledger.retry, held, delay, {"error": "x"}),
    "snooze": lambda held, delay: act(ledger.snooze, held, delay),
    "release": lambda held, delay: act(ledger.release, [held], delay),
}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("way", WAYS)
def test_a_job_put_off_for_ages_waits_and_does_not_stay_running(way: str) -> None:
    """Later than the ledger can write is as late as it can write: the worker is rid of the job."""
    for delay in AGES:
        job = ledger_jobs.claim_one()
        WAYS[way](job.held, delay)

        assert "scheduled" == ledger_jobs.show(job.id)["state"]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("limit", [1e15, 1e17, 1e300])
def test_a_limit_of_ages_does_not_keep_others_from_being_overdue(limit: float) -> None:
    """One job's time_limit beyond all intervals is no limit; its neighbour past its own is found all the same."""
    patient, hasty = ledger_jobs.put(NewJob("a", options={"time_limit": limit}), NewJob("b", options={"time_limit": 1}))
    worker = ledger_jobs.appear("a", "b")
    ledger_jobs.claim(worker, [patient, hasty], "a", "b")
    with_grace = -1.0

    assert [[hasty]] == [jobs for _, _, jobs in act(ledger.overdue, [worker], with_grace)]
