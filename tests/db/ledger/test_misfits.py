"""A job's patience for a worker that its arguments fit is one wait; whatever comes in between gives all of it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import Held
from tests.db.ledger import ledger_jobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from bellwork.db.ledger import Claimed

ERROR = {"error": "its arguments {new} do not fit"}


def wait(job: Claimed) -> bool:
    """Find that it does not fit."""
    with transaction() as conn:
        return ledger.wait_for_fit(conn, job.held, 300, ERROR)


def waits(job: int) -> bool:
    """Tell whether it is offered to workers that it may fit."""
    with transaction() as conn:
        return job in [misfit.id for misfit in ledger.list_misfits(conn, [ledger_jobs.ACTOR])]


def time_passes() -> None:
    """Let whatever is due later be due now; what waits has waited for all of its patience."""
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.misfits m SET until = now() FROM bellwork.jobs j WHERE j.run_at = m.until"))
        conn.execute(text("UPDATE bellwork.jobs SET run_at = now() WHERE state = 'available'"))


def claim_again(job: int) -> Claimed:
    """Claim it when it is due."""
    time_passes()
    return ledger_jobs.claim(ledger_jobs.appear(), [job])[0]


def fails(job: int) -> None:
    """It fits, runs and fails."""
    fitting = claim_again(job)
    with transaction() as conn:
        ledger.retry(conn, fitting.held, 60, {"error": "no answer"})


def asks_to_wait(job: int) -> None:
    """It fits, runs and asks to wait."""
    fitting = claim_again(job)
    with transaction() as conn:
        ledger.snooze(conn, fitting.held, 60)


def dies(job: int) -> None:
    """It fits, and the process that runs it is killed: it keeps its due time."""
    claim_again(job)
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.workers SET expires_at = now() - interval '1 min'"))
        ledger.rescue_expired(conn)
    assert ledger_jobs.show(job)["state"] != "running"


def is_put_back(job: int) -> None:
    """An operator cancels it while it waits, and puts it back: it keeps the number of its attempts."""
    with transaction() as conn:
        ledger.cancel(conn, [job], "not now")
    time_passes()
    with transaction() as conn:
        ledger.retry_finished(conn, [job])


def test_it_waits_once(database: str) -> None:
    """When its patience is over and it does not fit yet, it waits no more; its error was kept once."""
    del database
    job = ledger_jobs.claim_one()
    assert wait(job)
    assert waits(job.id)
    assert not wait(claim_again(job.id))
    assert ([ERROR], 0) == (ledger_jobs.show(job.id)["errors"], ledger_jobs.count("misfits"))


@pytest.mark.parametrize("comes_between", [fails, asks_to_wait, dies, is_put_back])
def test_what_came_in_between_gives_all_its_patience_again(database: str, comes_between: Callable[[int], None]) -> None:
    """A job that fitted a worker, or was put back, and meets one that it does not fit is no long-lost misfit."""
    del database
    job = ledger_jobs.claim_one()
    assert wait(job)
    comes_between(job.id)
    assert not waits(job.id)
    again = claim_again(job.id)
    assert wait(again)
    assert waits(job.id)
    assert not wait(claim_again(job.id))


def test_who_lost_the_lease_ends_no_wait(database: str) -> None:
    """An attempt that comes late leaves the job to those whom it waits for."""
    del database
    first = ledger_jobs.claim_one()
    with transaction() as conn:
        ledger.release(conn, [first.held])
    second = claim_again(first.id)
    assert wait(second)
    with transaction() as conn:
        assert not ledger.wait_for_fit(conn, Held(first.id, first.attempt, first.since), 300, ERROR)
    assert waits(first.id)
