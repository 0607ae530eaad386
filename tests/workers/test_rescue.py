"""After a silence between us and PostgreSQL everybody first gets the time to renew his own lease."""

from __future__ import annotations

import time
from types import SimpleNamespace
from uuid import uuid4

import pytest

from db import ledger
from db.engine import transaction
from db.ledger import Due, NewJob, Worker
from workers import due_set, rescue, top_up


@pytest.fixture
def lost(redis_url: str) -> int:
    """A job whose worker's lease has run out."""
    del redis_url
    worker = Worker(uuid4(), "here", 1, 1, [], {})
    with transaction() as conn:
        ledger.register_worker(conn, worker, -1)
        [due] = ledger.enqueue(conn, [NewJob("t.rescued")])
        ledger.claim(conn, worker.id, [due.id], ["t.rescued"])
    return due.id


def test_after_a_silence_nobody_is_declared_gone_at_once(lost: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first contact rescues nothing; one lease later, with contact held, the job is rescued."""
    clock = [1_000.0]
    monkeypatch.setattr(rescue, "_last_contact", float("-inf"))
    monkeypatch.setattr(rescue, "_not_before", 0.0)
    monkeypatch.setattr(rescue, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    rounds = []
    for _ in range(5):
        rounds.append(rescue.rescue_expired())
        clock[0] += 1.0
    with transaction() as conn:
        row = ledger.show_job(conn, lost)

    assert [0, 0, 0, 0, 1] == rounds
    assert row is not None
    assert ("available", 1) == (row["state"], row["crashes"])


def test_what_is_rescued_is_offered_whatever_else_waits(lost: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The due set is full, and looks for what it lacks are far apart: the rescued job is in it at once, and first."""
    due_set.add(Due(id_, "default", 0, 4_000_000_000_000_000) for id_ in range(10**6, 10**6 + due_set.BOUND))
    monkeypatch.setattr(rescue, "_last_contact", time.monotonic())
    monkeypatch.setattr(rescue, "_last_seen", time.time())
    monkeypatch.setattr(rescue, "_not_before", 0.0)
    monkeypatch.setattr(top_up, "_missing", lambda *_, **__: pytest.fail("a look at everything may be long to come"))
    rescued = rescue.rescue_expired()

    assert (1, [lost]) == (rescued, due_set.pop("default", 1, 0))
