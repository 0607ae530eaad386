"""Jobs that saw crashes run alone, so that nobody is charged with the crash of a neighbour."""

from __future__ import annotations

import dramatiq
import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.workers import broker, suspects
from bellwork.workers.consumer import LedgerConsumer
from bellwork.workers.gate import Gate
from bellwork.workers.presence import register
from tests.workers import look

THREADS = 8


@dramatiq.actor(actor_name="t.suspects", queue_name="t-suspects")
def nothing() -> None:
    """Do nothing."""


@pytest.fixture
def gate(database: str, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """The gate of a registered process with nothing to do, in whose ledger four of six jobs saw two crashes."""
    del database
    gate = Gate()
    gate.open(THREADS)
    monkeypatch.setattr(broker, "gate", gate)
    monkeypatch.setattr(broker, "consumers", {})
    broker.consumers["t-suspects"] = LedgerConsumer(broker, "t-suspects")
    register(broker)
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("t.suspects", queue="t-suspects") for _ in range(6)])
    look.execute("UPDATE bellwork.jobs SET crashes = 2 WHERE id IN (SELECT id FROM bellwork.jobs ORDER BY id LIMIT 4)")
    return gate


def test_in_an_empty_process_a_suspect_runs_alone(gate: Gate) -> None:
    """One of four is let in and nothing beside it; the rest is handed back uncounted, the suspects a second later."""
    assert [2] == _taken(gate)
    assert (0, 0) == (gate.wait(0), gate.enter(1))
    assert [0, 0, 2, 2, 2] == sorted(job["crashes"] for job in look.jobs() if job["state"] != "running")
    assert [2, 2, 2] == [job["crashes"] for job in look.jobs(state="scheduled")]
    assert {0} == {job["retries"] for job in look.jobs()}


def test_when_the_suspect_has_left_the_others_come_in(gate: Gate) -> None:
    """The process was its own for as long as it ran, and no longer."""
    _taken(gate)
    gate.leave()

    assert [0, 0] == _taken(gate)


def test_beside_others_no_suspect_begins(gate: Gate) -> None:
    """A thread works: the innocent come in, the suspects wait for an empty process."""
    gate.enter(1)

    assert [0, 0] == _taken(gate)
    assert 4 == len(look.jobs(state="scheduled"))


def test_a_process_that_is_never_empty_runs_one_suspect_at_a_time(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has waited for his patience's length runs beside others, but not beside another suspect."""
    gate.enter(1)
    monkeypatch.setattr(suspects, "PATIENCE", -1.0)

    assert [2, 0, 0] == _taken(gate)
    look.execute("UPDATE bellwork.jobs SET run_at = now() WHERE state = 'available'")
    assert [] == _taken(gate)


def test_a_suspect_waits_no_longer_where_no_process_lives_for_a_minute(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was handed back for a minute, a second each time, by processes that each saw it once: the next one runs it."""
    monkeypatch.setattr(suspects, "PATIENCE", 3.0)
    gate.enter(1)
    rounds = [_taken_anew(gate) for _ in range(4)]

    assert [[0, 0], [], [], [2]] == rounds


def test_a_suspect_that_crashed_again_waits_anew(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it waited before its last attempt is over; an empty process is looked for again."""
    monkeypatch.setattr(suspects, "PATIENCE", 3.0)
    gate.enter(1)
    for _ in range(3):
        _taken_anew(gate)
    look.execute("""UPDATE bellwork.jobs
        SET errors = errors || jsonb_build_object('attempt', attempt, 'error', 'its process died') WHERE crashes = 2""")

    assert [[], [], [], [2]] == [_taken_anew(gate) for _ in range(4)]


def test_jobs_of_a_quarantined_kind_are_left_alone(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """They stay where they are, available and uncounted."""
    monkeypatch.setattr(broker, "quarantined", {"t.suspects"})

    assert [] == _taken(gate)
    assert ["available"] * 6 == look.states()


def _taken_anew(gate: Gate) -> list[int]:
    """Take a round as another process does, a second later."""
    look.execute("UPDATE bellwork.jobs SET run_at = now() WHERE state = 'available'")
    broker.consumers["t-suspects"].suspects = suspects.Suspects(broker)
    return _taken(gate)


def _taken(gate: Gate) -> list[int]:
    """Take a round and return the crashes of the jobs that may begin, the most first."""
    threads = gate.enter(6)
    messages = broker.consumers["t-suspects"]._messages([], 6, threads, short=False)
    gate.leave(threads - len(messages))
    return sorted((message.attempt.job.crashes for message in messages), reverse=True)
