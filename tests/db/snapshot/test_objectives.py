"""What a kind of jobs promises is held against what became of its jobs, minute by minute, and told where it burns."""

from __future__ import annotations

import json
from typing import Any

import dramatiq
import pytest

from bellwork import Objective
from bellwork.db import ledger
from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.snapshot.objectives import Burning, Window, burning
from bellwork.workers.broker import LedgerBroker
from bellwork.workers.presence import actor_rows
from tests.db.ledger import hands, ledger_jobs
from tests.db.snapshot.seconds import look
from tests.ops.desk import ask
from tests.ops.schema import complaints
from tests.ops.test_figures import renew

_ACTOR = {"name": ledger_jobs.ACTOR, "queue": "default", "priority": 0, "lane": "long"}
_EARLIER = "UPDATE bellwork.{} SET run_at = now() - make_interval(secs => :seconds)"


def promise(**objective: float) -> None:
    """Register the actor as a worker does, with an objective or without one."""
    with transaction() as conn:
        ledger.register_actors(conn, [{**_ACTOR, **objective}])


def told() -> Burning:
    """Take a snapshot and return what burns of the one kind that has an objective."""
    look()
    with transaction() as conn:
        [found] = burning(psycopg_of(conn))
    return found


def end(seconds: float, *, dead: bool = False, failed_at: str | None = None) -> None:
    """Let a job be due for so long, and be done now, or dead; it may have failed before."""
    job = ledger_jobs.claim_one()
    hands.run(_EARLIER.format("jobs"), seconds=seconds)
    if failed_at:
        hands.run("UPDATE bellwork.jobs SET errors = CAST(:errors AS jsonb)", errors=json.dumps([{"at": failed_at}]))
    with transaction() as conn:
        if dead:
            ledger.mark_dead(conn, job.held, "it had to be")
        else:
            ledger.finish(conn, [job.held])


@pytest.mark.usefixtures("database")
def test_late_and_dead_jobs_have_missed_it() -> None:
    """Done in time is not missed, whatever it waited for; what is cancelled does not count, nor what was before."""
    promise(slo_seconds=60, slo_share=0.9)
    end(600)
    look()
    end(5)
    end(600)
    end(5, dead=True)
    [gone] = ledger_jobs.put()
    with transaction() as conn:
        ledger.cancel(conn, [gone], "not wanted")
    found = told()

    assert (ledger_jobs.ACTOR, "default", 60, 0.9, Window(3, 2)) == found[:5]
    assert [Window(3, 2)] * 4 == [*found[5:]]
    assert pytest.approx(2 / 3 / 0.1) == found.rate(found.hour)
    assert (False, True) == (found.is_fast, found.is_slow)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("failed", "missed"), [("2020-01-01T00:00:00.000+00:00", 1), ("yesterday, or so", 0)])
def test_a_job_that_was_tried_again_was_due_before_its_first_failure(failed: str, missed: int) -> None:
    """Its last try alone tells nothing; what stands there as a time and is none is passed over."""
    promise(slo_seconds=60, slo_share=0.9)
    look()
    end(5, failed_at=failed)

    assert Window(1, missed) == told().all


@pytest.mark.usefixtures("database")
def test_a_minute_of_hours_ago_is_written_over_and_leaves_the_windows() -> None:
    """The ring has a place for each minute of eight hours; an actor that is forgotten takes its minutes along."""
    promise(slo_seconds=60, slo_share=0.9)
    look()
    end(5)
    assert Window(1, 0) == told().six_hours
    hands.run("UPDATE bellwork.slo_minutes SET at = at - interval '2 hours'")
    assert [(0, 0), (1, 0)] == [tuple(told().hour), tuple(told().six_hours)]
    hands.run("UPDATE bellwork.slo_minutes SET at = at - interval '6 hours'")
    end(600)
    assert Window(1, 1) == told().six_hours
    assert Window(2, 1) == told().all
    hands.run("DELETE FROM bellwork.actors")
    assert 0 == ledger_jobs.count("slo_minutes")


@pytest.mark.usefixtures("database")
def test_operators_hear_of_it() -> None:
    """The command shows the rates, `status` the kind that burns fast, with its page."""
    assert "No actor declares an objective" in ask("slo").out
    promise(slo_seconds=60, slo_share=0.99)
    look()
    end(600)
    renew()
    said, document = ask("slo").out, json.loads(ask("slo", "--json").out)
    [as_data] = document["objectives"]
    named = {each["runbook"]: each for each in json.loads(ask("status", "--json").out)["problems"]}

    assert [] == complaints("slo", document)
    assert ["99 % in 60 s", "100.0", "1 of 1", "fast"] == [
        word for word in ("99 % in 60 s", "100.0", "1 of 1", "fast") if word in said
    ]
    assert ({"total": 1, "missed": 1, "burn": pytest.approx(100)}, "fast") == (
        as_data["windows"]["5m"],
        as_data["burns"],
    )
    assert ("critical", f"{ledger_jobs.ACTOR} misses its objective: 99 % within 60 s") == (
        named["SloFastBurn"]["kind"],
        named["SloFastBurn"]["what"],
    )


def test_an_objective_is_checked_where_it_is_declared() -> None:
    """Numbers that no objective has, and what is none; what a worker registers is the actor's own."""
    wrong: dict[str, Any]
    for wrong in ({"seconds": 0}, {"seconds": 60, "share": 1}, {"seconds": 60, "share": True}, {"seconds": "60"}):
        with pytest.raises(ValueError, match="an objective's"):
            Objective(**wrong)
    own = LedgerBroker()
    declare: Any = dramatiq.actor
    declare(lambda: None, actor_name="t.slo", broker=own, slo=Objective(seconds=60))
    with pytest.raises(TypeError, match="promises slo=60"):
        declare(lambda: None, actor_name="t.no", broker=own, slo=60)

    [row] = actor_rows(own)
    assert (60, 0.99) == (row["slo_seconds"], row["slo_share"])
