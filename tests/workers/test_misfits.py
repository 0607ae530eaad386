"""A job whose arguments do not fit here waits, unclaimed, for a worker where they fit: for some minutes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.db.settings import settings
from bellwork.workers import broker
from tests.helpers import eventually
from tests.workers import look
from tests.workers.process import losing_an_answer, working

if TYPE_CHECKING:
    from collections.abc import Iterator

ACTORS = ("t.fit_long", "t.fit_short", "t.fit_async")
#: Whatever waits has waited for all of its patience.
OVER = """
WITH due AS (UPDATE bellwork.jobs SET run_at = now() WHERE state = 'available')
UPDATE bellwork.misfits SET until = now()
"""
ran: Counter[str] = Counter()


@dramatiq.actor(actor_name="t.fit_long", queue_name="t.fit_long")
def grade(essay: str) -> None:
    """Grade as the old release does."""
    ran[essay] += 1


@dramatiq.actor(actor_name="t.fit_short", queue_name="t.fit_short", lane="short")
def grade_shortly(essay: str) -> None:
    """Grade in the short lane."""
    ran[essay] += 1


@dramatiq.actor(actor_name="t.fit_async", queue_name="t.fit_async")
async def grade_in_the_loop(essay: str) -> None:
    """Grade in the event loop."""
    ran[essay] += 1


def new_grade(essay: str, rubric: str) -> None:
    """Grade as the new release does."""
    ran[essay + rubric] += 1


def failing_grade(essay: str, rubric: str) -> None:
    """Grade as the new release does, on a bad day."""
    ran["failed"] += 1
    raise ValueError(essay + rubric)


@pytest.fixture(autouse=True)
def patient(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings of production, with a quicker beat."""
    del database
    monkeypatch.setenv("MISFIT_PATIENCE", "300")
    monkeypatch.setenv("BEAT", "0.1")
    settings.cache_clear()
    ran.clear()
    yield
    settings.cache_clear()


def send(*actors: str) -> None:
    """Send what the new release sends, and after it a neighbour that fits the old one."""
    with transaction() as conn:
        for actor in actors:
            args: dict[str, Any] = {"essay": actor, "rubric": "!"}
            ledger.enqueue(conn, [NewJob(actor, args, actor), NewJob(actor, {"essay": f"{actor} old"}, actor)])


def test_it_waits_for_a_worker_of_the_new_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old worker claims it once, says why, and runs its neighbour; the new one has it within a beat."""
    send(*ACTORS)
    with working(*ACTORS):
        eventually(lambda: sorted(look.states()) == ["done"] * 3 + ["scheduled"] * 3)
        waiting = [job for job in look.jobs() if job["state"] == "scheduled"]
        assert [(1, 0, 1)] * 3 == [(job["attempt"], job["retries"], len(job["errors"])) for job in waiting]
        assert all("do not fit" in job["errors"][0]["error"] for job in waiting)
        assert all(280 < look.wait_of(job) < 301 for job in waiting)
    for actor in ACTORS:
        monkeypatch.setattr(broker.actors[actor], "fn", new_grade)
    with working(*ACTORS):
        eventually(lambda: [ran[f"{actor}!"] for actor in ACTORS] == [1] * 3)
        eventually(lambda: look.states() == ["done"] * 6)

    assert [2] * 3 == [job["attempt"] for job in look.jobs() if "rubric" in job["args"]]
    with transaction() as conn:
        assert [] == ledger.list_misfits(conn, ACTORS)


def test_where_no_such_worker_comes_it_is_dead() -> None:
    """When its patience is over it is claimed once more, and dead with the reason."""
    send("t.fit_long")
    with working("t.fit_long"):
        eventually(lambda: "scheduled" in look.states())
        look.execute(OVER)
        eventually(lambda: sorted(look.states()) == ["dead", "done"])

    [dead] = [job for job in look.jobs() if job["state"] == "dead"]
    assert "do not fit t.fit_long: got an unexpected keyword argument 'rubric'" in dead["reason"]
    assert ({"t.fit_long old": 1}, 2) == (ran, dead["attempt"])


def test_a_retry_that_does_not_fit_waits_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It fitted a new worker when its patience was over, and failed: an old one that claims its retry leaves it."""
    send("t.fit_long")
    with working("t.fit_long"):
        eventually(lambda: sorted(look.states()) == ["done", "scheduled"])
    with monkeypatch.context() as newer, working("t.fit_long"):
        newer.setattr(broker.actors["t.fit_long"], "fn", failing_grade)
        newer.setattr(ledger, "list_misfits", lambda *_: [])
        look.execute(OVER)
        eventually(lambda: ran["failed"] and sorted(look.states()) == ["done", "scheduled"])
    look.execute("UPDATE bellwork.jobs SET run_at = now()")
    with working("t.fit_long"):
        eventually(lambda: [len(job["errors"]) for job in look.jobs()] == [3, 0])

    [waiting] = [job for job in look.jobs() if job["errors"]]
    assert ("scheduled", 3, 1) == (waiting["state"], waiting["attempt"], waiting["retries"])
    assert 280 < look.wait_of(waiting) < 301


def test_a_paused_queue_keeps_it() -> None:
    """It is not taken ahead of its time from a queue that an operator has paused."""
    send("t.fit_long")
    with working("t.fit_long"):
        eventually(lambda: sorted(look.states()) == ["done", "scheduled"])
    with transaction() as conn:
        ledger.pause(conn, "t.fit_long", "the test", "to see")
        [job] = ledger.list_misfits(conn, ["t.fit_long"])
        assert ledger.claim_misfit(conn, broker.worker_id, job.id, ["t.fit_long"]) is None

    assert 280 < look.wait_of(look.jobs(state="scheduled")[0])


def test_it_outlives_its_patience_where_a_worker_that_it_fits_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """All threads of the new release are taken when its time is nearly over: it is given all of it again, unclaimed."""
    send("t.fit_long")
    with working("t.fit_long"):
        eventually(lambda: sorted(look.states()) == ["done", "scheduled"])
    look.execute("UPDATE bellwork.misfits SET until = now() + interval '9 s'")
    look.execute("UPDATE bellwork.jobs j SET run_at = m.until FROM bellwork.misfits m WHERE m.job_id = j.id")
    monkeypatch.setattr(broker.actors["t.fit_long"], "fn", new_grade)
    monkeypatch.setattr(broker.capacity, "acquire", lambda *_, **__: 0)
    with working("t.fit_long"):
        eventually(lambda: look.wait_of(look.jobs(state="scheduled")[0]) > 280)

    [kept] = look.jobs(state="scheduled")
    assert (1, {"t.fit_long old": 1}) == (kept["attempt"], ran)


def test_a_claim_of_it_whose_answer_was_lost_is_handed_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit went through, the answer did not: it does not stay running in the name of who never heard of it."""
    send("t.fit_long")
    with working("t.fit_long"):
        eventually(lambda: sorted(look.states()) == ["done", "scheduled"])
    monkeypatch.setattr(broker.actors["t.fit_long"], "fn", new_grade)
    with losing_an_answer() as lost, working("t.fit_long"):
        eventually(lambda: lost and look.states() == ["done"] * 2)

    assert {"t.fit_long old": 1, "t.fit_long!": 1} == ran
