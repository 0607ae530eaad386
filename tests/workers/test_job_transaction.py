"""`job.transaction()`: effect, next jobs and finish in one commit, or none of it."""

from __future__ import annotations

import dramatiq
import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.workers import job
from bellwork.workers.testing import assert_enqueued, drain, enqueued, run_inline
from tests.workers import effects as table
from tests.workers import look

seen: list[BaseException] = []
known: list[job.Attempt] = []


@dramatiq.actor(actor_name="t.next", queue_name="t.next")
def follow(number: int) -> None:
    """Come next."""
    del number


@dramatiq.actor(actor_name="t.tx", queue_name="t.tx")
def write(number: int, then: str = "") -> None:
    """Write, send the next job, and then do what the test wants."""
    with job.transaction() as conn:
        table.write(conn, number)
        follow.send(number + 1)
        if then == "fail inside":
            raise ValueError(then)
    if then == "fail after":
        raise ValueError(then)


@dramatiq.actor(actor_name="t.rescued_meanwhile", queue_name="t.tx")
def write_late(number: int) -> None:
    """Lose the job to a rescue, then try to write."""
    with transaction() as conn:
        ledger.rescue_dead(conn, [job.current().job.worker_id], "the test says so")
    with job.transaction() as conn:
        table.write(conn, number)
        follow.send(number)


@dramatiq.actor(actor_name="t.twice", queue_name="t.tx")
def write_twice(number: int) -> None:
    """Open the job's transaction a second time."""
    with job.transaction() as conn:
        table.write(conn, number)
    try:
        with job.transaction() as conn:
            table.write(conn, number)
    except job.NoJob as error:
        seen.append(error)


@dramatiq.actor(actor_name="t.inside", queue_name="t.tx")
def write_inside(number: int) -> None:
    """Open the job's transaction inside another one."""
    with transaction() as outer:
        table.write(outer, number)
        with job.transaction() as conn:
            table.write(conn, number)


@dramatiq.actor(actor_name="t.chain", queue_name="t.tx")
def pass_on(left: int) -> None:
    """Pass the job's own key on to the next of the chain."""
    with job.transaction() as conn:
        table.write(conn, left)
        if left:
            pass_on.send_with_options(args=(left - 1,), unique_key="chain")


@dramatiq.actor(actor_name="t.know", queue_name="t.tx")
def know_itself() -> None:
    """Note the attempt it runs as."""
    known.append(job.current())


def test_effect_next_job_and_finish_are_one(effects: str) -> None:
    """After the run all three are there."""
    del effects
    row = run_inline(write, number=5)

    assert ("done", ["5"]) == (row["state"], table.written())
    assert_enqueued("t.next", number=6)


def test_an_error_inside_leaves_none_of_them(effects: str) -> None:
    """What was written and sent is rolled back, and the job takes its retry path."""
    del effects
    row = run_inline(write, number=5, then="fail inside")

    assert ("scheduled", 1, []) == (row["state"], row["retries"], table.written())
    assert [] == enqueued("t.next")


def test_an_error_after_the_commit_changes_nothing(effects: str) -> None:
    """What is committed is done; it neither runs again nor counts as failed."""
    del effects
    row = run_inline(write, number=5, then="fail after")

    assert ("done", 0, ["5"]) == (row["state"], row["retries"], table.written())


def test_who_was_rescued_in_between_writes_nothing(effects: str) -> None:
    """A zombie's transaction raises LostLease before anything is written; the job is as the rescue left it."""
    del effects
    row = run_inline(write_late, number=5)

    assert ("available", 0, 1) == (row["state"], row["retries"], row["crashes"])
    assert ([], []) == (table.written(), enqueued("t.next"))


def test_it_cannot_be_opened_twice(effects: str) -> None:
    """The second one is refused by name; the first one holds."""
    del effects
    seen.clear()
    row = run_inline(write_twice, number=5)

    assert ("done", ["5"]) == (row["state"], table.written())
    assert [f"job {row['id']} is finished already; open job.transaction() once, for everything"] == list(map(str, seen))


def test_it_cannot_stand_inside_another_transaction(effects: str) -> None:
    """Its commit is the job's finish, so it is refused where somebody else would commit."""
    del effects
    row = run_inline(write_inside, number=5)

    assert ("scheduled", []) == (row["state"], table.written())
    assert "job.transaction() inside another transaction" in row["errors"][0]["error"]


def test_outside_of_a_job_it_is_refused() -> None:
    """Called by hand, an actor's body is told what is missing."""
    with pytest.raises(job.NoJob, match=r"^there is no running job here; call the actor through a worker"):
        write.fn(1)


def test_a_chain_of_jobs_carries_one_key(effects: str) -> None:
    """The finishing job's key is free inside its own transaction, so the next one may have it."""
    del effects
    pass_on.send_with_options(args=(3,), unique_key="chain")
    drain("t.tx")

    assert ["0", "1", "2", "3"] == table.written()
    assert ["done"] * 4 == look.states("t.chain")


def test_a_job_knows_itself(effects: str) -> None:
    """job.current() tells id, actor, queue, number and retries; outside there is none."""
    del effects
    known.clear()
    row = run_inline(know_itself)

    [attempt] = known
    assert (row["id"], "t.know", "t.tx") == (attempt.id, attempt.actor, attempt.queue)
    assert (1, 0) == (attempt.number, attempt.retries)
    with pytest.raises(job.NoJob):
        job.current()
