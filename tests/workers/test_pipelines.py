"""A pipeline's next stage is committed with the end of the stage before, in every way that a stage can end."""

from __future__ import annotations

from typing import Any

import dramatiq
import pytest
from dramatiq import group, pipeline

from bellwork.db.engine import transaction
from bellwork.workers import LedgerBroker, job
from bellwork.workers.middleware import Attempts
from bellwork.workers.presence import Presence
from bellwork.workers.testing import drain, enqueued, run_due, run_inline
from tests.workers import effects as table
from tests.workers import look

LANES: list[tuple[str, dict[str, Any]]] = [("t.pipe", {}), ("t.pipe_short", {"lane": "short"})]
got: list[Any] = []


def declare(name: str, function: Any, **options: Any) -> list[Any]:
    """Declare the same actor in both lanes."""
    return [
        dramatiq.actor(actor_name=f"{queue}.{name}", queue_name=queue, max_retries=1, **more, **options)(function)
        for queue, more in LANES
    ]


def _add(x: int, y: int = 0) -> int:
    return x + y


def _add_inside(x: int, y: int = 0, *, name: bool = True) -> int:
    with job.transaction() as conn:
        table.write(conn, x)
        if name:
            job.set_result(x + y)
    return -1


def _get(value: Any = "nothing") -> None:
    got.append(value)


def _name_outside() -> None:
    job.set_result(1)


def _return_odd() -> object:
    return object()


ADD, INSIDE, GET = declare("add", _add), declare("inside", _add_inside), declare("get", _get)
IGNORE = declare("ignoring", _add_inside, pipe_ignore=True)
OUTSIDE, ODD = declare("outside", _name_outside), declare("odd", _return_odd)
BOTH = pytest.mark.parametrize("lane", [0, 1], ids=["long", "short"])


@pytest.fixture(autouse=True)
def _nothing_got() -> None:
    got.clear()


@BOTH
def test_each_stage_gets_the_result_of_the_one_before(effects: str, lane: int) -> None:
    """Returned, or named inside of job.transaction(); the last message id is the sender's."""
    del effects
    run = (ADD[lane].message(1, 2) | INSIDE[lane].message(4) | GET[lane].message()).run()
    drain(LANES[lane][0])

    assert [7] == got
    assert 3 == len(look.jobs(state="done"))
    assert run.messages[0].options["job_id"] == min(one["id"] for one in look.jobs())


@BOTH
@pytest.mark.parametrize("stage", [ADD, INSIDE], ids=["returns", "job.transaction"])
def test_the_end_of_a_stage_and_the_next_stage_are_one_commit(effects: str, lane: int, stage: Any) -> None:
    """The row of the finished stage and that of the next job were written by one transaction."""
    del effects
    run = (stage[lane].message(1, 2) | GET[lane].message()).run()
    run_due([run.messages[0].options["job_id"]])
    with transaction() as conn:
        written_by = [
            conn.exec_driver_sql(f"SELECT xmin::text FROM bellwork.{where}").scalar_one()  # noqa: S608 - two tables
            for where in ("finished_jobs", "jobs")
        ]

    assert written_by[0] == written_by[1]


@BOTH
def test_a_block_that_names_no_result_is_refused_before_its_commit(effects: str, lane: int) -> None:
    """Nothing is kept of it, and the error says what to do."""
    del effects
    (INSIDE[lane].message(4, name=False) | GET[lane].message()).run()
    drain(LANES[lane][0])
    drain(LANES[lane][0], later=True)

    [dead] = look.jobs(INSIDE[lane].actor_name)
    assert ("dead", [], []) == (dead["state"], table.written(), enqueued(GET[lane].actor_name))
    assert "say job.set_result(value) inside the block" in dead["reason"]


@BOTH
@pytest.mark.parametrize("by", ["actor", "message"])
def test_a_result_that_is_ignored_needs_no_name(effects: str, lane: int, by: str) -> None:
    """pipe_ignore, of the stage's actor or of the next message, lets the next stage go in as it is."""
    del effects
    if by == "actor":
        (IGNORE[lane].message(4, name=False) | GET[lane].message("own")).run()
    else:
        following = GET[lane].message_with_options(args=("own",), pipe_ignore=True)
        (INSIDE[lane].message(4, name=False) | following).run()
    drain(LANES[lane][0])

    assert (["own"], ["4"]) == (got, table.written())


@BOTH
def test_a_result_is_named_inside_only(effects: str, lane: int) -> None:
    """Outside of the block it would be forgotten: NoJob says so."""
    del effects
    row = run_inline(OUTSIDE[lane])

    assert ("NoJob", True) == (
        row["errors"][0]["error"].partition(":")[0],
        "without that block, return it" in row["errors"][0]["error"],
    )


@BOTH
def test_a_result_that_the_ledger_refuses_ends_the_stage(effects: str, lane: int) -> None:
    """The stage is not done: what comes next could not be sent."""
    del effects
    (ODD[lane].message() | GET[lane].message()).run()
    drain(LANES[lane][0])
    drain(LANES[lane][0], later=True)

    [dead] = look.jobs(ODD[lane].actor_name)
    assert ("dead", True) == (dead["state"], "have to be JSON" in dead["reason"])
    assert [] == enqueued(GET[lane].actor_name)


def test_a_pipeline_that_cannot_run_is_refused_where_it_is_sent(database: str) -> None:
    """A stage that cannot take what it will be given is named at once, and no job is enqueued."""
    del database
    with pytest.raises(
        TypeError, match=r"stage 't.pipe.get' of the pipeline cannot take its own arguments and the result"
    ):
        (ADD[0].message(1) | ADD[0].message(2) | GET[0].message("own")).run()

    assert [] == enqueued()


def test_a_broker_without_pipelines_refuses_them(database: str) -> None:
    """Where no middleware would send the next stage, the first is not taken."""
    del database
    bare = LedgerBroker(middleware=[Attempts(), Presence()])
    run = pipeline([ADD[0].message(1), GET[0].message()], broker=bare)
    with pytest.raises(ValueError, match="option pipe_target needs Dramatiq's middleware Pipelines"):
        run.run()


def test_a_groups_callback_needs_its_middleware(database: str) -> None:
    """Dramatiq's group says so at the sender, before anything is enqueued."""
    del database
    both = group([ADD[0].message(1), ADD[0].message(2)])
    both.add_completion_callback(GET[0].message("all"))
    with pytest.raises(RuntimeError, match="GroupCallbacks middleware not found"):
        both.run()

    assert [] == enqueued()
