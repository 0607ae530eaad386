"""Whatever a broken engine could leave behind in the ledger is found, and named with its job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.db.ledger.invariants import INVARIANTS, violations
from bellwork.db.ledger.jobs import KEPT_ERRORS
from tests.db.ledger import ledger_jobs

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import Held

#: The database's own guards, which have to be out of the way before anything can be broken.
_UNGUARDED = """
ALTER TABLE bellwork.jobs DROP CONSTRAINT jobs_running_has_worker;
DROP INDEX bellwork.jobs_unique
"""
_AGAIN = """
INSERT INTO bellwork.{to} (id, queue, actor, state, priority, run_at, args, options, unique_key,
    attempt, retries, crashes, worker_id, claimed_at, errors, created_at{also})
{kind} SELECT id, queue, actor, {state}, priority, run_at, args, options, unique_key,
    attempt, retries, crashes, {held}, errors, created_at{value} FROM bellwork.{source} WHERE id = :id
"""
_BACK = _AGAIN.format(
    to="jobs",
    also="",
    kind="OVERRIDING SYSTEM VALUE",
    state="'available'",
    held="NULL, NULL",
    value="",
    source="finished_jobs",
)
_TWICE = _AGAIN.format(
    to="finished_jobs",
    also=", finished_at",
    kind="",
    state="state",
    held="worker_id, claimed_at",
    value=", finished_at + interval '1 minute'",
    source="finished_jobs",
)
_JOB = "UPDATE bellwork.jobs SET {} WHERE id = :id"
_PAST = "UPDATE bellwork.finished_jobs SET {} WHERE id = :id"

#: How a job of a state is broken, and the words that its invariant begins with.
BREAKS = (
    ("running", _JOB.format("worker_id = NULL"), "running without"),
    ("running", _JOB.format("claimed_at = NULL"), "running without"),
    ("running", _JOB.format("attempt = 0"), "running without"),
    ("available", _JOB.format("worker_id = gen_random_uuid()"), "available, yet"),
    ("done", _BACK, "finished and unfinished"),
    ("done", _TWICE, "finished more than once"),
    ("available", _JOB.format("unique_key = 'taken'"), "unfinished with a unique_key"),
    ("available", _JOB.format("retries = 1"), "more failures"),
    ("running", _JOB.format("crashes = 1"), "more failures"),
    ("running", _JOB.format("lost = 1"), "more failures"),
    ("done", _PAST.format("retries = 1"), "more failures"),
    ("dead", _PAST.format("crashes = 1"), "more failures"),
    ("running", _JOB.format("errors = '[{\"attempt\": 2}]'"), "written by an attempt older"),
    ("done", _PAST.format("errors = '[{\"attempt\": 2}]'"), "written by an attempt older"),
    ("available", _JOB.format("errors = to_jsonb(array_fill(0, ARRAY[:many]))"), "more than"),
    ("dead", _PAST.format("errors = to_jsonb(array_fill(0, ARRAY[:many]))"), "more than"),
    ("done", _PAST.format("attempt = 0"), "done or dead without"),
    ("done", _PAST.format("worker_id = NULL"), "done or dead without"),
    ("dead", _PAST.format("reason = NULL"), "dead without"),
    ("running", _JOB.format("created_at = claimed_at + interval '1 ms'"), "created, claimed"),
    ("running", _JOB.format("run_at = claimed_at + interval '1 ms'"), "created, claimed"),
    ("available", _JOB.format("created_at = now() + interval '1 hour'"), "created, claimed"),
    ("done", _PAST.format("finished_at = claimed_at - interval '1 ms'"), "created, claimed"),
)


@pytest.mark.parametrize(("state", "statement", "words"), BREAKS)
def test_what_is_broken_is_named_with_its_job(state: str, statement: str, words: str, database: str) -> None:
    """Each way to violate an invariant, done by SQL behind the guards of the database, is found and names the job."""
    del database
    job = _job(state)
    ledger_jobs.put(NewJob(ledger_jobs.ACTOR, unique_key="taken"))
    _run(_UNGUARDED)
    _run(statement, id=job, many=KEPT_ERRORS + 1)

    assert any(sentence.startswith(words) and f" {job}" in sentence for sentence in _broken())


def test_every_law_is_broken_by_some_test() -> None:
    """There is no invariant of which no test shows a violation."""
    tried = {words for _, _, words in BREAKS} | {"running, though"}

    assert [] == [invariant.violation for invariant in INVARIANTS if not invariant.violation.startswith(tuple(tried))]


@pytest.mark.parametrize("gone", ["DELETE FROM bellwork.workers", "UPDATE bellwork.workers SET expires_at = now()"])
def test_a_job_that_nobody_rescues_is_named(gone: str, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that fell silent, or whose row is gone, is no fault before a rescue's bound, and one after it."""
    del database
    job = _job("running")
    monkeypatch.setattr("bellwork.db.ledger.invariants.rescue_bound", lambda: 0)
    assert [] == _broken()
    _run(gone)

    assert [f"running, though its worker fell silent too long ago: job {job}"] == _broken()
    monkeypatch.undo()
    assert [] == _broken()


def test_a_sentence_names_five_jobs_at_most(database: str) -> None:
    """The sixth and all that follow are an ellipsis."""
    del database
    jobs = ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * 7)
    _run("UPDATE bellwork.jobs SET retries = 1")

    assert [f"more failures and crashes than attempts: jobs {', '.join(map(str, jobs[:5]))}, …"] == _broken()


@pytest.mark.parametrize("state", ["available", "running", "done", "dead", "cancelled"])
def test_a_healthy_job_breaks_nothing(state: str, database: str) -> None:
    """Whatever state a job came to by the ledger's own verbs, no invariant is violated."""
    del database
    _job(state)

    assert [] == _broken()


def test_every_way_back_to_available_keeps_the_invariants(database: str) -> None:
    """Retried, snoozed, handed back, rescued, dead and put back by an operator: the counts still fit."""
    del database
    worker = ledger_jobs.appear()
    [job] = ledger_jobs.put()
    with transaction() as conn:
        for undo in (_retried, ledger.snooze, _released, _retried):
            [claimed] = ledger.claim(conn, worker, [job], [ledger_jobs.ACTOR])
            undo(conn, claimed.held, 0)
            assert [] == violations(conn)
        ledger.claim(conn, worker, [job], [ledger_jobs.ACTOR])
        ledger.rescue_dead(conn, [worker], "gone")
        assert [] == violations(conn)
        [claimed] = ledger.claim(conn, ledger_jobs.appear(), [job], [ledger_jobs.ACTOR])
        ledger.mark_dead(conn, claimed.held, "enough")
        assert [] == violations(conn)
        ledger.retry_finished(conn, [job])
        assert [] == violations(conn)


def _job(state: str) -> int:
    """Bring one job to a state by the ledger's own verbs."""
    [job] = ledger_jobs.put()
    if state == "available":
        return job
    [claimed] = ledger_jobs.claim(ledger_jobs.appear(), [job])
    with transaction() as conn:
        match state:
            case "done":
                ledger.finish(conn, [claimed.held])
            case "dead":
                ledger.mark_dead(conn, claimed.held, "out of retries")
            case "cancelled":
                ledger.cancel(conn, [job], "not needed")
    return job


def _retried(conn: Connection, held: Held, delay: float) -> None:
    ledger.retry(conn, held, delay, {"error": "no luck"})


def _released(conn: Connection, held: Held, delay: float) -> None:
    ledger.release(conn, [held], delay)


def _broken() -> list[str]:
    with transaction() as conn:
        return violations(conn)


def _run(statements: str, **asked: Any) -> None:
    with transaction() as conn:
        for statement in statements.split(";"):
            conn.execute(text(statement), asked)
