"""Due jobs that Redis should hold, and does not, are counted; those that it need not hold are not."""

from __future__ import annotations

from uuid import uuid4

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy, NewJob, Worker
from bellwork.workers import due_set, missing, top_up
from tests.db.ledger import hands, ledger_jobs


@pytest.fixture(autouse=True)
def late(redis_url: str) -> None:
    """Three jobs in each of three queues that a worker hears, due for a minute, and in no set."""
    del redis_url
    queues = ["t.a", "t.b", "t.c"]
    with transaction() as conn:
        ledger.register_worker(conn, Worker(uuid4(), "here", 1, 1, queues, {ledger_jobs.ACTOR: None}), 60)
        ledger.enqueue(conn, [NewJob(ledger_jobs.ACTOR, queue=queue) for queue in queues for _ in range(3)])
    hands.run("UPDATE bellwork.jobs SET run_at = now() - interval '1 minute'")


def test_what_no_top_up_offered_is_missing() -> None:
    """Until one does."""
    assert {"t.a": 3, "t.b": 3, "t.c": 3} == missing.missing_from_due_sets()
    top_up.top_up()
    assert {} == missing.missing_from_due_sets()


def test_what_need_not_be_there_is_not_missing() -> None:
    """Just due, for an actor that nobody knows, in a paused queue, or in one with a limit."""
    with transaction() as conn:
        ledger.pause(conn, "t.a", "ann", "a test")
        ledger.set_limit(conn, "t.b", 1, ChangedBy("ann", "a test"))
        ledger.enqueue(conn, [NewJob(ledger_jobs.ACTOR, queue="t.c"), NewJob("t.nobody", queue="t.c")])
    hands.run("UPDATE bellwork.jobs SET run_at = now() - interval '1 minute' WHERE actor = 't.nobody'")
    hands.run("UPDATE bellwork.jobs SET run_at = now() WHERE queue = 't.c' AND actor <> 't.nobody'")

    assert {} == missing.missing_from_due_sets()


def test_without_redis_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not 0, which would say that all is there."""
    monkeypatch.setattr(due_set, "usable", lambda: False)

    assert missing.missing_from_due_sets() is None
