"""After a silence between us and PostgreSQL everybody first gets the time to renew his own lease; a restart is none."""

from __future__ import annotations

import socket
import time
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import Due, NewJob, Worker
from bellwork.db.settings import settings
from bellwork.workers import due_set, rescue, top_up
from tests.db.ledger import ledger_jobs
from tests.helpers import eventually

_UP_FOR_A_LEASE = "SELECT now() > pg_postmaster_start_time() + make_interval(secs => :lease + 1)"


@pytest.fixture
def lost(redis_url: str) -> int:
    """A job whose worker's lease has run out."""
    del redis_url
    return _silent_worker("elsewhere")


def _silent_worker(host: str) -> int:
    """Let a worker of a host fall silent a moment ago, with a job in its hands."""
    worker = Worker(uuid4(), host, 1, 1, [], {})
    with transaction() as conn:
        ledger.register_worker(conn, worker, -0.01)
        [due] = ledger.enqueue(conn, [NewJob("t.rescued")])
        ledger.claim(conn, worker.id, [due.id], ["t.rescued"])
    return due.id


def _has_been_up_for_a_lease() -> bool:
    """Whether PostgreSQL runs for longer than the worker is silent; each test process starts one of its own."""
    with transaction() as conn:
        return bool(conn.execute(text(_UP_FOR_A_LEASE), {"lease": settings().lease}).scalar())


def test_after_a_silence_nobody_is_declared_gone_at_once(lost: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first contact rescues nothing; one lease later, with contact held, the job is rescued."""
    clock = [1_000.0]
    monkeypatch.setattr(rescue, "_contact", rescue.Contact())
    monkeypatch.setattr(rescue, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    rounds = []
    for _ in range(5):
        rounds.append(rescue.rescue_expired())
        clock[0] += 1.0
    with transaction() as conn:
        row = ledger.show_job(conn, lost)

    assert [0, 0, 0, 0, 1] == rounds
    assert row is not None
    assert ("available", 0) == (row["state"], row["crashes"])


def test_what_starts_where_a_worker_fell_silent_rescues_its_jobs_at_once(
    lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was of this host, and PostgreSQL has been up since its last sign of life: a container restarted.

    One that is as silent on another host keeps its job, for PostgreSQL may have been away from there.
    """
    monkeypatch.setattr(rescue, "_contact", rescue.Contact())
    eventually(_has_been_up_for_a_lease)
    ours = _silent_worker(socket.gethostname())

    assert 1 == rescue.rescue_expired()
    assert ["available", "running"] == [ledger_jobs.show(job)["state"] for job in (ours, lost)]


def test_who_could_not_reach_postgresql_does_not_take_silence_for_an_end(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that started while PostgreSQL was away rescues nothing before everybody could renew his lease."""
    monkeypatch.setattr(rescue, "_contact", rescue.Contact())
    del redis_url
    job = _silent_worker(socket.gethostname())
    rescue.note_failure()

    assert (0, "running") == (rescue.rescue_expired(), ledger_jobs.show(job)["state"])


def test_a_restart_of_postgresql_is_no_restart_of_its_workers(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was last heard of before PostgreSQL started gets the time to renew its lease, on this host, too."""
    del redis_url
    monkeypatch.setattr(rescue, "_contact", rescue.Contact())
    job = _silent_worker(socket.gethostname())
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.workers SET expires_at = pg_postmaster_start_time()"))

    assert (0, "running") == (rescue.rescue_expired(), ledger_jobs.show(job)["state"])


def test_what_is_rescued_is_offered_whatever_else_waits(lost: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The due set is full, and looks for what it lacks are far apart: the rescued job is in it at once, and first."""
    due_set.add(Due(id_, "default", 0, 4_000_000_000_000_000) for id_ in range(10**6, 10**6 + due_set.BOUND))
    monkeypatch.setattr(rescue, "_contact", rescue.Contact(time.monotonic(), time.time()))
    monkeypatch.setattr(top_up, "_missing", lambda *_, **__: pytest.fail("a look at everything may be long to come"))
    rescued = rescue.rescue_expired()

    assert (1, [lost]) == (rescued, due_set.pop("default", 1, 0))
