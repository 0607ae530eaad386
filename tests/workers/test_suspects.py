"""Jobs that saw crashes run alone, so that nobody is charged with the crash of a neighbour."""

from __future__ import annotations

import dramatiq
import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.workers import broker, suspects
from bellwork.workers.capacity import Capacity
from bellwork.workers.consumer import LedgerConsumer
from bellwork.workers.presence import register
from tests.workers import look

THREADS = 8


@dramatiq.actor(actor_name="t.suspects", queue_name="t-suspects")
def nothing() -> None:
    """Do nothing."""


@pytest.fixture
def capacity(database: str, monkeypatch: pytest.MonkeyPatch) -> Capacity:
    """The capacity of a registered process with nothing to do, in whose ledger four of six jobs saw two crashes."""
    del database
    capacity = Capacity()
    capacity.open(THREADS)
    monkeypatch.setattr(broker, "capacity", capacity)
    monkeypatch.setattr(broker, "consumers", {})
    broker.consumers["t-suspects"] = LedgerConsumer(broker, "t-suspects")
    register(broker)
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("t.suspects", queue="t-suspects") for _ in range(6)])
    look.execute("UPDATE bellwork.jobs SET crashes = 2 WHERE id IN (SELECT id FROM bellwork.jobs ORDER BY id LIMIT 4)")
    return capacity


def test_in_an_empty_process_a_suspect_runs_alone(capacity: Capacity) -> None:
    """One of four is let in and nothing beside it; the rest is handed back uncounted, the suspects a second later."""
    assert [2] == _taken(capacity)
    assert (0, 0) == (capacity.wait(0), capacity.acquire(1))
    assert [0, 0, 2, 2, 2] == sorted(job["crashes"] for job in look.jobs() if job["state"] != "running")
    assert [2, 2, 2] == [job["crashes"] for job in look.jobs(state="scheduled")]
    assert {0} == {job["retries"] for job in look.jobs()}


def test_when_the_suspect_has_left_the_others_come_in(capacity: Capacity) -> None:
    """The process was its own for as long as it ran, and no longer."""
    _taken(capacity)
    capacity.release()

    assert [0, 0] == _taken(capacity)


def test_beside_others_no_suspect_begins(capacity: Capacity) -> None:
    """A thread works: other jobs come in, the suspects wait for an empty process."""
    capacity.acquire(1)

    assert [0, 0] == _taken(capacity)
    assert 4 == len(look.jobs(state="scheduled"))


def test_a_process_that_is_never_empty_runs_one_suspect_at_a_time(
    capacity: Capacity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has waited for his patience's length runs beside others, but not beside another suspect."""
    capacity.acquire(1)
    monkeypatch.setattr(suspects, "PATIENCE", -1.0)

    assert [2, 0, 0] == _taken(capacity)
    look.execute("UPDATE bellwork.jobs SET run_at = now() WHERE state = 'available'")
    assert [] == _taken(capacity)


def test_a_suspect_waits_no_longer_where_no_process_lives_for_a_minute(
    capacity: Capacity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was handed back for a minute, a second each time, by processes that each saw it once: the next one runs it."""
    monkeypatch.setattr(suspects, "PATIENCE", 3.0)
    capacity.acquire(1)
    rounds = [_taken_anew(capacity) for _ in range(4)]

    assert [[0, 0], [], [], [2]] == rounds


def test_a_suspect_that_crashed_again_waits_anew(capacity: Capacity, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it waited before its last attempt is over; an empty process is looked for again."""
    monkeypatch.setattr(suspects, "PATIENCE", 3.0)
    capacity.acquire(1)
    for _ in range(3):
        _taken_anew(capacity)
    look.execute("""UPDATE bellwork.jobs
        SET errors = errors || jsonb_build_object('attempt', attempt, 'error', 'its process died') WHERE crashes = 2""")

    assert [[], [], [], [2]] == [_taken_anew(capacity) for _ in range(4)]


def test_jobs_of_a_quarantined_kind_are_left_alone(capacity: Capacity, monkeypatch: pytest.MonkeyPatch) -> None:
    """They stay where they are, available and uncounted."""
    monkeypatch.setattr(broker, "quarantined", {"t.suspects"})

    assert [] == _taken(capacity)
    assert ["available"] * 6 == look.states()


def _taken_anew(capacity: Capacity) -> list[int]:
    """Take a round as another process does, a second later."""
    look.execute("UPDATE bellwork.jobs SET run_at = now() WHERE state = 'available'")
    broker.consumers["t-suspects"].suspects = suspects.Suspects(broker)
    return _taken(capacity)


def _taken(capacity: Capacity) -> list[int]:
    """Take a round and return the crashes of the jobs that may begin, the most first."""
    threads = capacity.acquire(6)
    messages = broker.consumers["t-suspects"]._messages([], 6, threads, short=False)
    capacity.release(threads - len(messages))
    return sorted((message.attempt.job.crashes for message in messages), reverse=True)
