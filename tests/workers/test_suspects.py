"""Jobs that saw crashes run one at a time, so that the innocent among them do not die of their neighbour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dramatiq

from db import ledger
from db.engine import transaction
from db.ledger import NewJob
from tests.workers import look
from workers import broker
from workers.consumer import LedgerConsumer
from workers.presence import register

if TYPE_CHECKING:
    import pytest


@dramatiq.actor(actor_name="t.suspects", queue_name="t-suspects")
def nothing() -> None:
    """Do nothing."""


def test_of_the_jobs_that_saw_crashes_one_runs_at_a_time(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of four jobs whose process died twice, one is let in; the others are handed back uncounted, a second later."""
    del database
    monkeypatch.setattr(broker, "consumers", {})
    consumer = LedgerConsumer(broker, "t-suspects")
    broker.consumers["t-suspects"] = consumer
    register(broker)
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("t.suspects", queue="t-suspects") for _ in range(6)])
    look.execute("UPDATE bellwork.jobs SET crashes = 2 WHERE id IN (SELECT id FROM bellwork.jobs ORDER BY id LIMIT 4)")

    messages = consumer._messages([], 6, short=False)

    assert [2, 0, 0] == sorted((message.attempt.job.crashes for message in messages), reverse=True)
    waiting = [job for job in look.jobs(state="scheduled") if job["crashes"] == 2 and job["retries"] == 0]
    assert 3 == len(waiting)
    assert [] == consumer._messages([], 6, short=False)
