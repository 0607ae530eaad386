"""time_limit interrupts an attempt, max_age ends a job that waited too long: as Dramatiq documents them."""

from __future__ import annotations

import threading

import dramatiq
import pytest

from bellwork.workers import job
from bellwork.workers.testing import drain, run_inline
from tests.workers import effects as table
from tests.workers import look

dead: list[str] = []


def wait_long() -> None:
    """Wait in short breaths: an interrupt reaches a thread between two instructions only."""
    never = threading.Event()
    for _ in range(2_000):
        never.wait(0.01)


@dramatiq.actor(actor_name="t.slow", queue_name="t.limits", time_limit=100, max_retries=1)
def overrun() -> None:
    """Run past the limit."""
    wait_long()


@dramatiq.actor(actor_name="t.slow_tx", queue_name="t.limits", time_limit=100)
def overrun_in_transaction() -> None:
    """Run past the limit with a transaction open."""
    with job.transaction() as conn:
        table.write(conn, "half")
        wait_long()


@dramatiq.actor(actor_name="t.unlimited", queue_name="t.limits", time_limit=60_000)
def overrun_if_told() -> None:
    """Run past the message's own limit."""
    wait_long()


@dramatiq.actor(
    actor_name="t.aged", queue_name="t.limits", max_age=60_000, on_dead=lambda _conn, _args, why: dead.append(why)
)
def grow_old() -> None:
    """Do nothing, in time."""


@pytest.mark.usefixtures("database", "time_limits")
def test_an_attempt_past_its_time_limit_is_retried() -> None:
    """TimeLimitExceeded takes the retry path, and in the end the job is dead of it."""
    first = run_inline(overrun)
    drain("t.limits", later=True)

    [last] = look.jobs("t.slow")
    assert ("scheduled", 1) == (first["state"], first["retries"])
    assert ("dead", "TimeLimitExceeded: ") == (last["state"], last["reason"])


@pytest.mark.usefixtures("effects", "time_limits")
def test_an_interrupted_transaction_is_rolled_back() -> None:
    """An interrupt inside job.transaction() leaves no effect."""
    row = run_inline(overrun_in_transaction)

    assert ("scheduled", 1, []) == (row["state"], row["retries"], table.written())


@pytest.mark.usefixtures("database", "time_limits")
def test_a_messages_own_time_limit_wins() -> None:
    """A limit on the message stands over the actor's."""
    overrun_if_told.send_with_options(time_limit=100)
    drain("t.limits")

    assert ["scheduled"] == look.states("t.unlimited")


def test_a_job_that_waited_too_long_is_dead(database: str) -> None:
    """Past max_age, by PostgreSQL's clock, a job is not run; it is dead, and on_dead hears of it."""
    del database
    dead.clear()
    grow_old.send()
    look.execute("UPDATE bellwork.jobs SET created_at = now() - interval '61 seconds'")
    drain("t.limits")

    [row] = look.jobs("t.aged")
    assert ("dead", "SkipMessage: Message age limit exceeded") == (row["state"], row["reason"])
    assert [row["reason"]] == dead


def test_a_job_within_its_age_runs(database: str) -> None:
    """Before max_age a job is run as any other; a message's own max_age wins."""
    del database
    grow_old.send()
    grow_old.send_with_options(max_age=600_000)
    look.execute("UPDATE bellwork.jobs SET created_at = now() - interval '300 seconds' WHERE options ? 'max_age'")
    drain("t.limits")

    assert ["done", "done"] == look.states("t.aged")
