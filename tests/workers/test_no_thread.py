"""A job that left the due set and finds every thread taken meanwhile is not forgotten."""

from __future__ import annotations

from unittest.mock import patch

import dramatiq
import pytest

from bellwork.db.engine import transaction
from bellwork.workers import broker, due_set
from bellwork.workers.capacity import Capacity
from bellwork.workers.consumer import LedgerConsumer
from bellwork.workers.presence import register


@dramatiq.actor(actor_name="t.no_thread", queue_name="t-no-thread")
def nothing() -> None:
    """Do nothing."""


def test_what_finds_no_thread_is_taken_as_soon_as_there_is_one(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another queue takes the only thread between look and claim; when it is free again, nobody waits for silence."""
    del database
    capacity = Capacity()
    capacity.open(1)
    monkeypatch.setattr(broker, "capacity", capacity)
    register(broker)
    consumer = LedgerConsumer(broker, "t-no-thread")
    with transaction():
        nothing.send()
    capacity.acquire(1)
    monkeypatch.setattr(capacity, "wait", lambda _: 1)
    consumer._take()
    assert (0, True) == (len(consumer.ready), consumer.behind)

    capacity.release()
    with patch.object(due_set, "wait", lambda *_: pytest.fail("it is not the time to wait for the due set")):
        consumer._take()

    assert 1 == len(consumer.ready)
