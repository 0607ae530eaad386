"""When a job is likely to be done: by what stands before it and how long its kind runs; and why nobody knows."""

from __future__ import annotations

import math
from typing import Any

import pytest

import bellwork
from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from tests.db.ledger import hands, ledger_jobs
from tests.db.ledger.callers import become, register
from tests.db.snapshot.seconds import look

pytestmark = pytest.mark.usefixtures("database")

_HISTORY = """
INSERT INTO bellwork.actor_figures (queue, actor, unfinished, retries, enqueued_total, done_total, dead_total,
    cancelled_total, failed_total, recent_jobs, recent_seconds, recent_logs, recent_squares)
VALUES ('default', :actor, :unfinished, 0, 0, 0, 0, 0, 0, 100, 100 * :run, 100 * ln(:run), 100 * ln(:run) ^ 2)
"""
_FINISH = """
SELECT bellwork.finish(id, attempt, CAST(extract(epoch FROM claimed_at) * 1000000 AS int8)) FROM bellwork.jobs
"""
_KEPT = "SELECT recent_jobs, recent_seconds, recent_logs, recent_squares FROM bellwork.actor_figures"


def remember(run: float, actor: str = ledger_jobs.ACTOR, unfinished: int = 0) -> None:
    """Let a hundred jobs of an actor have run for so many seconds each."""
    hands.run(_HISTORY, actor=actor, run=run, unfinished=unfinished)


def eta(job: int) -> Any:
    """Ask for a job's end."""
    with transaction() as conn:
        found = bellwork.job_eta(conn, job)
    assert found
    return found


def late(job: int, seconds: float) -> None:
    """Let a job have been due for so long."""
    hands.run("UPDATE bellwork.jobs SET run_at = run_at - make_interval(secs => :s) WHERE id = :id", id=job, s=seconds)


def test_a_job_that_is_not_there_has_no_end_and_one_that_is_finished_none_any_more() -> None:
    """The first is None; of the others the state is told, and no seconds."""
    done, dead = ledger_jobs.claim_one(), ledger_jobs.claim_one()
    with transaction() as conn:
        ledger.finish(conn, [done.held])
        ledger.mark_dead(conn, dead.held, "it had to be")
        assert (None, None) == (bellwork.job_eta(conn, 10**6), bellwork.job_eta(conn, 2**63))

    assert (done.id, "done", *[None] * 5) == eta(done.id)
    assert ("dead", None, None) == (eta(dead.id).state, eta(dead.id).seconds, eta(dead.id).about)


def test_a_job_that_comes_first_takes_as_long_as_its_kind() -> None:
    """The middle run time of the last hundred or so, within a range; without one of them nobody knows."""
    ledger_jobs.appear()
    [job] = ledger_jobs.put()
    assert ("available", None, 0, "no history") == (eta(job).state, eta(job).seconds, eta(job).ahead, eta(job).why)
    remember(180)
    found = eta(job)

    assert 180 == pytest.approx(found.seconds)
    assert 100 < found.low < 180 < found.high < 300
    assert (None, "about 3 minutes") == (found.why, found.about)


def test_what_is_due_before_it_is_waited_for() -> None:
    """Ten jobs of two seconds, two at once; jobs of later, and less urgent ones, are not before it."""
    worker = ledger_jobs.appear()
    running = ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob(ledger_jobs.ACTOR))
    ledger_jobs.claim(worker, running)
    jobs = [NewJob(ledger_jobs.ACTOR)] * 11 + [
        NewJob(ledger_jobs.ACTOR, priority=5),
        NewJob(ledger_jobs.ACTOR, priority=-5, delay=600),
    ]
    last = ledger_jobs.put(*jobs)[-3]
    remember(2, unfinished=15)
    found = eta(last)

    assert 10 == found.ahead
    assert 11 * 2 / 2 + 2 == pytest.approx(found.seconds)
    assert found.low < 12 < found.high


def test_other_kinds_before_it_count_by_their_own_run_times() -> None:
    """Half of what waits takes a second, half of it nine."""
    ledger_jobs.appear()
    job = ledger_jobs.put(*[NewJob("t.slow"), NewJob(ledger_jobs.ACTOR)] * 3)[-1]
    remember(1, unfinished=3)
    remember(9, "t.slow", unfinished=3)

    assert 5 == eta(job).ahead
    assert 6 * 5 + 1 == pytest.approx(eta(job).seconds)


def test_more_than_are_counted_are_estimated() -> None:
    """From pages of the table; of a small table all are looked at."""
    ledger_jobs.appear()
    job = ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * 1501)[-1]

    assert 1500 == eta(job).ahead


def test_what_runs_is_done_when_others_like_it_were() -> None:
    """What is left shrinks as it runs; of one that runs longer than all others did, something is left."""
    job = ledger_jobs.claim_one()
    remember(100)
    assert 100 == pytest.approx(eta(job.id).seconds, rel=0.02)
    hands.run("UPDATE bellwork.jobs SET claimed_at = claimed_at - interval '90 s'")
    found = eta(job.id)
    hands.run("UPDATE bellwork.jobs SET claimed_at = claimed_at - interval '1 day'")
    longer = eta(job.id)

    assert ("running", None) == (found.state, found.ahead)
    assert 0 < found.low < found.seconds < 20 < found.high < 60
    assert 0 < longer.low < longer.seconds < longer.high < 86_400


def test_a_job_of_later_waits_until_then() -> None:
    """And no longer: what is before it now will be done by then, if there is time enough."""
    ledger_jobs.appear()
    job = ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob(ledger_jobs.ACTOR, delay=3600))[-1]
    remember(60, unfinished=2)

    assert ("scheduled", "about an hour") == (eta(job).state, eta(job).about)
    assert 3660 == pytest.approx(eta(job).seconds, abs=30)


def test_what_keeps_a_job_is_said() -> None:
    """A pause with an end is reckoned with; without one nobody knows, nor without a worker, nor in a quarantine."""
    [job] = ledger_jobs.put()
    remember(60)
    without_worker = eta(job)
    ledger_jobs.appear()
    with transaction() as conn:
        ledger.pause(conn, "default", "olga", "a reason", 600)
    for_a_while = eta(job)
    with transaction() as conn:
        ledger.pause(conn, "default", "olga", "a reason")
    for_ever = eta(job)
    with transaction() as conn:
        ledger.resume(conn, "default", "olga", "go on")
    hands.run(
        "INSERT INTO bellwork.crashes (actor, job_id) SELECT :actor, n FROM generate_series(1, 3) n",
        actor=ledger_jobs.ACTOR,
    )
    killed = eta(job)

    assert [("no worker", None), ("paused", None), ("quarantined", None)] == [
        (each.why, each.seconds) for each in (without_worker, for_ever, killed)
    ]
    assert "paused" == for_a_while.why
    assert 720 == pytest.approx(for_a_while.seconds, abs=30)


def test_a_role_that_may_not_read_the_ledger_is_told_of_its_own_jobs() -> None:
    """Another login's job is answered as one that is not there."""
    ledger_jobs.appear()
    [foreign] = ledger_jobs.put()
    remember(60)
    with transaction() as conn:
        register(conn, ledger_jobs.ACTOR)
        become(conn, "t_eta_caller")
        own = bellwork.enqueue(conn, ledger_jobs.ACTOR).id
        found = bellwork.job_eta(conn, own)
        assert found
        assert ("available", 1) == (found.state, found.ahead)
        assert bellwork.job_eta(conn, foreign) is None
        conn.rollback()


def test_run_times_are_kept_by_the_snapshot() -> None:
    """Their sum, and the sums of their logarithms and of the squares; older ones fade as newer ones come."""
    look()
    ledger_jobs.claim_one()
    hands.run("UPDATE bellwork.jobs SET claimed_at = now() - interval '50 s'")
    hands.run(_FINISH)
    look()
    with transaction() as conn:
        [kept] = conn.exec_driver_sql(_KEPT).fetchall()

    assert (1, 50, math.log(50), math.log(50) ** 2) == pytest.approx(tuple(kept), rel=0.1)
