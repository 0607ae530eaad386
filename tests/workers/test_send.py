"""Sending is an INSERT in the caller's transaction: committed it runs, rolled back it never does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import dramatiq
import pytest
from sqlalchemy.orm import Session

from bellwork.db.engine import engine, transaction
from bellwork.workers import RefusedJob, bell, broker, due_set
from bellwork.workers.testing import assert_enqueued, drain, enqueued
from tests.workers import look

ran: list[int] = []


@dramatiq.actor(actor_name="t.send", queue_name="t.send", priority=3)
def note(number: int, **more: Any) -> None:
    """Note that it ran."""
    del more
    ran.append(number)


@dramatiq.actor(actor_name="t.send_many", queue_name="t.send")
def note_many(*numbers: int) -> None:
    """Take what a job cannot: arguments without names."""
    ran.extend(numbers)


def offered() -> int:
    """Count what the due set holds, once the bell was rung."""
    bell.drain(5)
    return int(due_set.client().zcard(due_set.key("t.send")))


def send_and_fail(*, inner: bool = False) -> None:
    """Send a job in a transaction that fails, or in one that commits inside a block that fails."""
    with transaction():
        note.send(1)
        if not inner:
            raise ZeroDivisionError
    raise ZeroDivisionError


def send_beside_a_bad_one() -> None:
    """Send a good job and one that the ledger refuses, in one transaction."""
    with transaction():
        note.send(1)
        note.send(2, text="\0")


def test_committed_runs(database: str) -> None:
    """A job sent in a transaction that commits is due, and runs."""
    del database
    ran.clear()
    with transaction():
        note.send(1)

    assert (1, 1, [1]) == (offered(), drain("t.send"), ran)


def test_rolled_back_never_runs(database: str) -> None:
    """A job sent in a transaction that fails is nowhere, neither in the ledger nor in the due set."""
    del database
    with pytest.raises(ZeroDivisionError):
        send_and_fail()

    assert ([], 0) == (enqueued(), offered())


def test_outside_of_a_transaction_it_has_its_own(database: str) -> None:
    """Sent alone, a job is committed when send returns."""
    del database
    note.send(2)

    assert {"number": 2} == assert_enqueued("t.send", number=2)["args"]
    assert 1 == offered()


def test_a_nested_transaction_is_the_outer_one(database: str) -> None:
    """What is sent in an inner block vanishes with the outer one."""
    del database
    with pytest.raises(ZeroDivisionError), transaction():
        send_and_fail(inner=True)

    assert [] == enqueued()


def test_positional_and_named_arguments_read_the_same(database: str) -> None:
    """In the ledger every argument has its name."""
    del database
    note.send(1, colour="red")

    assert {"number": 1, "colour": "red"} == enqueued("t.send")[0]["args"]


@pytest.mark.parametrize(
    ("actor", "args"), [(note, ()), (note, (1, 2)), (note_many, (1,))], ids=["few", "many", "unnamed"]
)
def test_a_wrong_call_is_refused_where_it_is_made(
    database: str, actor: dramatiq.Actor[Any, Any], args: tuple[int, ...]
) -> None:
    """Arguments that do not fit the actor raise TypeError at the send."""
    del database
    with pytest.raises(TypeError):
        actor.send(*args)

    assert [] == enqueued()


@pytest.mark.parametrize("commit", [True, False])
def test_a_callers_session_decides(database: str, commit: bool) -> None:
    """Bound to a Session, a job commits or vanishes with it; the due set hears of it after the commit."""
    del database
    with Session(engine()) as session:
        with transaction(session):
            note.send(5)
        before = offered()
        session.commit() if commit else session.rollback()

    assert (0, int(commit), int(commit)) == (before, offered(), len(enqueued()))


@pytest.mark.parametrize("commit", [True, False])
def test_a_callers_connection_decides(database: str, commit: bool) -> None:
    """Bound to a Connection, a job commits or vanishes with it; the due set hears of it after the commit."""
    del database
    with engine().connect() as connection:
        with transaction(connection):
            note.send(5)
        before = offered()
        connection.commit() if commit else connection.rollback()

    assert (0, int(commit), int(commit)) == (before, offered(), len(enqueued()))


def test_a_caller_may_commit_as_often_as_it_likes(database: str) -> None:
    """Each commit of a bound Connection keeps, and announces, what was sent since the one before."""
    del database
    heard = []
    with engine().connect() as connection, transaction(connection):
        for number in range(3):
            note.send(number)
            connection.commit()
            heard.append(offered())

    assert ([1, 2, 3], 3) == (heard, len(enqueued()))


def test_a_bound_transaction_stands_apart_from_the_one_around_it(database: str) -> None:
    """Inside the caller's block jobs are the caller's; after it they are the outer transaction's again."""
    del database
    with transaction(), Session(engine()) as session:
        with transaction(session):
            note.send(1)
        session.rollback()
        note.send(2)

    assert [{"number": 2}] == [job["args"] for job in enqueued()]


def test_an_actors_priority_is_its_jobs_priority(database: str) -> None:
    """A job has its actor's priority unless the message gives one."""
    del database
    note.send(1)
    note.send_with_options(args=(2,), priority=-9)

    assert [3, -9] == [job["priority"] for job in enqueued()]


@pytest.mark.parametrize("delay", [90_000, timedelta(seconds=90)])
def test_a_delayed_job_waits(database: str, delay: int | timedelta) -> None:
    """`delay`, in milliseconds or as a timedelta, counts from PostgreSQL's now; the due set is not told yet."""
    del database
    note.send_with_options(args=(1,), delay=delay)

    assert ("scheduled", 0) == (enqueued()[0]["state"], offered())
    assert 85 < look.wait_of(enqueued()[0]) <= 90


def test_run_at_names_the_instant(database: str) -> None:
    """The job is due at `run_at`, whatever the time zone it was given in."""
    del database
    instant = datetime(2100, 6, 1, 12, tzinfo=UTC)
    note.send_with_options(args=(1,), run_at=instant)

    assert instant == enqueued()[0]["run_at"]


@pytest.mark.parametrize("run_at", [datetime(2100, 1, 1), "2100-01-01", 5])  # noqa: DTZ001 - that is what is refused
def test_a_run_at_without_a_zone_is_refused(database: str, run_at: Any) -> None:
    """Which instant is meant must not depend on the reader's clock."""
    del database
    with pytest.raises(ValueError, match=r"^run_at is .*; give a datetime with a time zone$"):
        note.send_with_options(args=(1,), run_at=run_at)


def test_a_key_is_one_job_while_it_waits(database: str) -> None:
    """The same unique_key again, before or after the commit, adds nothing."""
    del database
    with transaction():
        note.send_with_options(args=(1,), unique_key="k")
        note.send_with_options(args=(2,), unique_key="k")
    note.send_with_options(args=(3,), unique_key="k")

    assert [{"number": 1}] == [job["args"] for job in enqueued()]


def test_a_refused_job_takes_its_transaction_with_it(database: str) -> None:
    """Arguments that the ledger does not take raise RefusedJob from the block, and nothing of it is kept."""
    del database
    with pytest.raises(RefusedJob, match=r"the ledger refuses a job for 't\.send'"):
        send_beside_a_bad_one()

    assert [] == enqueued()


def test_the_options_of_a_message_stay_with_the_job(database: str) -> None:
    """Dramatiq's per-message options are kept; what the ledger has columns for is not kept twice."""
    del database
    message = note.send_with_options(args=(1,), max_retries=2, unique_key="k", priority=1)
    with transaction() as conn:
        options = conn.exec_driver_sql("SELECT options FROM bellwork.jobs").scalar_one()

    assert {"max_retries": 2, "message_id": message.message_id} == options
    assert "t.send" in broker.actors
