"""The short lane: 50 jobs in one transaction, and each one's failure its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import dramatiq
import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.workers import Permanent, Snooze, broker, job
from bellwork.workers.attempt import Attempt
from bellwork.workers.testing import _appear, enqueued
from tests.workers import effects as table
from tests.workers import look

if TYPE_CHECKING:
    from sqlalchemy import Connection

refused: list[str] = []
ODD: dict[str, BaseException] = {
    "fail": ValueError("odd"),
    "snooze": Snooze(60),
    "die": Permanent("odd"),
    "exit": SystemExit(),
}


@dramatiq.actor(actor_name="t.short_next", queue_name="t.short_next")
def follow(number: int) -> None:
    """Come next."""


@dramatiq.actor(actor_name="t.short", queue_name="t.short", lane="short", max_retries=3)
def write(number: int, then: str = "") -> None:
    """Write, send the next job, and then do what the test wants."""
    with job.transaction() as conn:
        table.write(conn, number)
        follow.send(number)
        act(conn, then)


def act(conn: Connection, then: str) -> None:
    """Do what makes this job different from its neighbours."""
    if error := ODD.get(then):
        raise error
    if then == "bad sql":
        conn.execute(text("SELECT 1 / 0"))
    if then == "bad send":
        follow.send_with_options(args=(1,), unique_key="k" * 201)
    if then == "deferred":
        conn.execute(text("INSERT INTO deferred VALUES (1)"))


@dramatiq.actor(actor_name="t.short_plain", queue_name="t.short", lane="short")
def do_nothing() -> None:
    """Need no transaction."""


@dramatiq.actor(actor_name="t.short_twice", queue_name="t.short", lane="short")
def write_twice() -> None:
    """Open the job's transaction a second time."""
    with job.transaction() as conn:
        table.write(conn, "once")
    with pytest.raises(job.NoJob) as twice, job.transaction():
        pass
    refused.append(str(twice.value))


def claim_batch() -> list[Attempt]:
    """Claim everything that is due in the lane."""
    _appear()
    with transaction() as conn:
        claimed = ledger.claim_next(conn, broker.worker_id, "t.short", list(broker.actors), 50)
    return [Attempt(one) for one in claimed]


def send_batch(then: str, size: int = 50) -> None:
    """Send a batch of which number 17 is different."""
    with transaction():
        for number in range(size):
            write.send(number, then if number == 17 else "")


def odd_one() -> dict[str, Any]:
    """Return the row of number 17."""
    [row] = [row for row in look.jobs("t.short") if row["args"]["number"] == 17]
    return row


def test_fifty_jobs_are_one_commit(effects: str) -> None:
    """All effects, next jobs and finishes of a batch become visible with one commit."""
    del effects
    send_batch("")
    with patch.object(ledger, "finish", wraps=ledger.finish) as finish:
        broker.batch_actor(claim_batch())

    assert (50, 50, {"done"}) == (len(table.written()), len(enqueued("t.short_next")), set(look.states("t.short")))
    assert 1 == finish.call_count


@pytest.mark.parametrize(
    ("then", "state", "retries"),
    [
        ("fail", "scheduled", 1),
        ("snooze", "scheduled", 0),
        ("die", "dead", 0),
        ("exit", "scheduled", 1),
        ("bad sql", "scheduled", 1),
        ("bad send", "scheduled", 1),
        ("deferred", "scheduled", 1),
    ],
)
def test_one_that_fails_takes_its_own_path_alone(effects: str, then: str, state: str, retries: int) -> None:
    """Of fifty the one that fails leaves no effect and no sent job; the 49 others commit, once each."""
    del effects
    look.execute("CREATE TABLE one (n int PRIMARY KEY)")
    look.execute("CREATE TABLE deferred (n int REFERENCES one DEFERRABLE INITIALLY DEFERRED)")
    send_batch(then)
    broker.batch_actor(claim_batch())

    others = sorted(str(number) for number in range(50) if number != 17)
    assert others == table.written()
    assert others == sorted(str(row["args"]["number"]) for row in enqueued("t.short_next"))
    assert (state, retries) == (odd_one()["state"], odd_one()["retries"])
    assert 49 == look.states("t.short").count("done")


def test_a_lost_lease_sends_the_others_through_again(effects: str) -> None:
    """Where one job was cancelled meanwhile nothing of the batch is kept, and the others run once more, uncounted."""
    del effects
    send_batch("")
    batch = claim_batch()
    look.execute("SELECT bellwork.cancel(:id)", id=batch[17].id)
    broker.batch_actor(batch)
    kept, waiting = table.written(), enqueued("t.short")
    broker.batch_actor(claim_batch())

    assert ([], 49, {0}) == (kept, len(waiting), {row["retries"] + row["crashes"] for row in waiting})
    assert (49, 49) == (len(table.written()), len(enqueued("t.short_next")))


def test_a_job_without_a_transaction_is_finished_too(effects: str) -> None:
    """An actor of the short lane need not open job.transaction()."""
    del effects
    do_nothing.send()
    broker.batch_actor(claim_batch())

    assert ["done"] == look.states("t.short_plain")


def test_the_transaction_opens_once_here_too(effects: str) -> None:
    """In the short lane as in the long one the second job.transaction() is refused."""
    del effects
    refused.clear()
    write_twice.send()
    broker.batch_actor(claim_batch())

    assert (["once"], ["done"]) == (table.written(), look.states("t.short_twice"))
    assert [True] == ["open job.transaction() once" in message for message in refused]


def test_an_unreachable_database_hands_the_batch_back(effects: str) -> None:
    """A batch whose connection breaks is handed back uncounted, and runs whole the next time."""
    del effects
    send_batch("", size=20)
    batch = claim_batch()
    with patch.object(ledger, "finish", side_effect=break_connection):
        broker.batch_actor(batch)
    waiting = enqueued("t.short")
    broker.batch_actor(claim_batch())

    assert (20, {0}) == (len(waiting), {row["retries"] + row["crashes"] for row in waiting})
    assert 20 == len(table.written())


def break_connection(conn: Connection, held: object) -> None:
    """Break the connection as a restart of the server would."""
    del held
    conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
