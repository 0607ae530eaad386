"""The helpers for users' tests do what a worker does, without one."""

from __future__ import annotations

import dramatiq
import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.workers import job
from bellwork.workers.testing import assert_enqueued, drain, enqueued, run_inline
from tests.workers import effects as table

QUEUE = "t.helpers"


@dramatiq.actor(actor_name="t.helped", queue_name=QUEUE)
def write(number: int, then: int = 0) -> None:
    """Write, and send as many more."""
    with job.transaction() as conn:
        table.write(conn, number)
        if then:
            write.send(number + 1, then - 1)


@dramatiq.actor(actor_name="t.helped_elsewhere", queue_name="t.helpers_other")
def elsewhere() -> None:
    """Belong to another queue."""


@pytest.mark.usefixtures("effects")
def test_run_inline_runs_one_job_and_returns_its_row() -> None:
    """The job it enqueued is run, others that wait are not."""
    write.send(1)
    row = run_inline(write, number=5)

    assert ("done", {"number": 5}, ["5"]) == (row["state"], row["args"], table.written())


@pytest.mark.usefixtures("effects")
def test_drain_goes_on_until_nothing_is_due() -> None:
    """What jobs send is drained too; later jobs and other queues are left."""
    write.send(1, then=3)
    write.send_with_options(args=(9,), delay=60_000)
    elsewhere.send()

    assert 4 == drain(QUEUE)
    assert ["t.helped", "t.helped_elsewhere"] == [row["actor"] for row in enqueued()]
    assert 2 == drain(later=True)
    assert ["1", "2", "3", "4", "9"] == table.written()


@pytest.mark.usefixtures("effects")
def test_drain_gives_up_on_a_job_that_comes_back_for_ever() -> None:
    """After `most` attempts it says how many there were."""
    write.send(1, then=100)
    with pytest.raises(RuntimeError, match=r"^still not drained after 6 attempts$"):
        drain(QUEUE, most=5)


@pytest.mark.usefixtures("database")
def test_drain_says_which_job_no_actor_here_can_run() -> None:
    """A job that another process enqueued by name is named, with what to do; queues without such a job are drained."""
    with transaction() as conn:
        conn.execute(text("SELECT bellwork.enqueue('t.not_loaded', queue => 't.helpers')"))
    with pytest.raises(RuntimeError, match=r"no actor 't\.not_loaded' is loaded here.*import the module"):
        drain(QUEUE)

    assert 0 == drain("t.helpers_other")


@pytest.mark.usefixtures("database")
def test_assert_enqueued_wants_exactly_one() -> None:
    """None and two of them fail, saying what waits; one is returned."""
    write.send(1)
    write.send(2, then=1)
    write.send(2, then=2)

    assert {"number": 1} == assert_enqueued("t.helped", number=1)["args"]
    assert 1 == assert_enqueued("t.helped", number=2, then=1)["args"]["then"]
    with pytest.raises(AssertionError, match=r"^expected one job of 't\.helped' with {'number': 2}, found 2; waiting"):
        assert_enqueued("t.helped", number=2)
    with pytest.raises(AssertionError, match=r"found 0; waiting are \[\]$"):
        assert_enqueued("t.nobody")
