"""The ledger's own enqueue: defaults, what is due, and RefusedJob in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob, RefusedJob
from tests.db.ledger import ledger_jobs

REFUSED = [
    NewJob("a", args={"x": "\0"}),
    NewJob("a", args={"x": "\ud800"}),
    NewJob("a", args={"x": float("nan")}),
    NewJob("a", args={"x": "".join(chr(0x4E00 + i % 20_000) for i in range(40_000))}),
    NewJob("a\0"),
    NewJob("a\ud800"),
    NewJob("a", unique_key="\0"),
    NewJob("a", unique_key="\udfff"),
    NewJob("a", unique_key="k" * 201),
    NewJob("a", queue="a queue"),
    NewJob("a", queue="\ud800"),
    NewJob("a", priority=1_001),
    NewJob("a", priority=1 << 40),
    NewJob("a", delay=float("inf")),
    NewJob("a", delay=1e12),
    NewJob("a", run_at=datetime(2200, 1, 1, tzinfo=UTC)),
]


def test_only_what_is_due_now_is_told(database: str) -> None:
    """Of a job due now, a delayed one and one of a later day, the first comes back for the due set."""
    del database
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with transaction() as conn:
        due = ledger.enqueue(conn, [NewJob("a", priority=3), NewJob("b", delay=60), NewJob("c", run_at=tomorrow)])

    assert [("default", 3)] == [(job.queue, job.priority) for job in due]
    assert 3 == ledger_jobs.count()


def test_a_job_whose_key_waits_is_left_out(database: str) -> None:
    """The second job of a unique_key is no job, and not told as due."""
    del database
    with transaction() as conn:
        first = ledger.enqueue(conn, [NewJob("a", unique_key="k")])
        second = ledger.enqueue(conn, [NewJob("a", unique_key="k")])

    assert (1, 0, 1) == (len(first), len(second), ledger_jobs.count())


def test_what_the_ledger_does_not_take_is_refused_by_name(database: str) -> None:
    """A job that breaks a rule raises RefusedJob with the actor's name, and its neighbours are not written either."""
    del database
    for job in REFUSED:
        with pytest.raises(RefusedJob, match=r"the ledger refuses a job for 'a"), transaction() as conn:
            ledger.enqueue(conn, [NewJob("a"), job])

    assert 0 == ledger_jobs.count()
