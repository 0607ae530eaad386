"""What jobs stand on is looked at with the snapshot: threads and leases, clocks, the calendar, archives, PostgreSQL."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob, Worker
from bellwork.db.partitions import hold, release
from bellwork.db.snapshot.around import keep_around, look_around
from tests.db.ledger import hands, ledger_jobs
from tests.db.snapshot.seconds import look
from tests.old_months import AUDIT, MONTH, forget_months, old_month
from tests.scheduler.calendars import bring, hourly

pytestmark = pytest.mark.usefixtures("database")

_TICK = """
INSERT INTO bellwork.ticks (entry, tick, outcome, reason, job_id, decided_at, decided_by)
VALUES ('t.hourly', :tick, :outcome, CASE WHEN :outcome = 'missed' THEN 'late' END, CAST(:job AS bigint),
        CAST(:tick AS timestamptz) + make_interval(secs => :late), 'a test')
"""


def ground(before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Look at the ground."""
    with transaction() as conn:
        found: dict[str, Any] = look_around(conn, before)["ground"]
    return found


def register(threads: int | None, clock: float | None = None, host: str = "here") -> UUID:
    """Let a worker live that has so many threads."""
    worker = Worker(uuid4(), host, 1, 1, ["default"], {ledger_jobs.ACTOR: None}, threads=threads, clock=clock)
    with transaction() as conn:
        ledger.register_worker(conn, worker, 60)
    return worker.id


def test_threads_are_busy_or_free_and_leases_held_or_expiring() -> None:
    """A worker that claimed more than it has threads keeps no more busy; one that says nothing of threads has none."""
    jobs = ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR) for _ in range(6)])
    many, few, older, silent = register(8), register(2), register(None), register(4)
    for worker, some in ((many, jobs[:1]), (few, jobs[1:4]), (older, jobs[4:5]), (silent, jobs[5:])):
        ledger_jobs.claim(worker, some)
    hands.run("UPDATE bellwork.workers SET expires_at = now() + interval '15 s' WHERE id = :id", id=few)
    hands.strike_dumb(silent)
    fleet = look().fleet or {}

    assert (3, 1, 10, 3) == (fleet["alive"], fleet["silent"], fleet["slots"], fleet["busy"])
    assert (5, 3) == (fleet["leases"], fleet["expiring"])
    assert 45 <= fleet["beat_age"] < 60


def test_each_host_tells_how_far_its_clock_is_from_postgresqls() -> None:
    """As it was at the last beat; one that says nothing has no line."""
    ahead, behind = register(1, time.time() + 90, "a"), register(1, time.time() - 90, "b")
    register(1, None, "c")
    first = ground()["clocks"]
    with transaction() as conn:
        ledger.beat(conn, [behind], 60, time.time())
        ledger.beat(conn, [ahead], 60)
    then = ground()["clocks"]

    assert {"a", "b"} == first.keys() == then.keys()
    assert first["a"] == pytest.approx(90, abs=20)
    assert first["b"] == pytest.approx(-90, abs=20)
    assert (then["a"], pytest.approx(0, abs=20)) == (first["a"], then["b"])


def test_the_calendar_tells_lateness_misses_and_the_last_success() -> None:
    """A success stays known when its job has left the history, and a newer one takes its place."""
    bring(hourly())
    now = datetime.now(UTC)
    done = ledger_jobs.claim_one()
    with transaction() as conn:
        ledger.finish(conn, [done.held])
    for minutes, outcome, job in ((40, "enqueued", done.id), (20, "missed", None), (10, "missed", None)):
        hands.run(_TICK, tick=now - timedelta(minutes=minutes), outcome=outcome, job=job, late=7)
    hands.run("UPDATE bellwork.finished_jobs SET finished_at = :at", at=now - timedelta(minutes=30))
    found = ground()["calendar"]["t.hourly"]
    hands.run("DELETE FROM bellwork.finished_jobs")
    later = ground({"ground": {"calendar": {"t.hourly": found}}})["calendar"]["t.hourly"]

    assert (7, 2) == (found["lateness"], found["missed"])
    assert found["succeeded_at"] == pytest.approx((now - timedelta(minutes=30)).timestamp(), abs=0.01)
    assert later["succeeded_at"] == found["succeeded_at"]
    assert ground()["calendar"]["t.hourly"]["succeeded_at"] is None


def test_partitions_tell_how_far_they_reach_and_which_archive_is_late() -> None:
    """From when a partition's time had come; a held one waits for nothing."""
    before = ground()["tables"][AUDIT.name]
    old_month(rows=1)
    late = ground()["tables"][AUDIT.name]
    with transaction() as conn:
        hold(conn, AUDIT, MONTH, "ann", "a test")
    held = ground()["tables"][AUDIT.name]
    with transaction() as conn:
        release(conn, AUDIT, MONTH)
    forget_months()

    assert (0, None) == (before["waiting"], before["waiting_since"])
    assert before["horizon_days"] > 28
    assert (1, datetime(2026, 2, 1, tzinfo=UTC).timestamp()) == (late["waiting"], late["waiting_since"])
    assert (0, None) == (held["waiting"], held["waiting_since"])
    assert "waiting" not in ground()["tables"]["bellwork.finished_jobs"]


def test_postgresql_tells_its_connections_and_its_oldest_transaction(database: str) -> None:
    """That of whoever looks is not meant."""
    with psycopg.connect(database.replace("+psycopg", "")) as other:
        other.execute("SELECT 1")
        began = time.monotonic()
        found = ground()["server"]
        waited = time.monotonic() - began

    assert 2 <= found["connections"] <= found["connections_most"]
    assert 0 < found["oldest_transaction"] < 60 + waited
    assert {"jobs", "workers"} <= found["tables"].keys()
    assert ({}, {}) == (found["standbys"], found["slots"])


def test_what_redis_lacks_is_asked_for_and_kept_once_in_ten_seconds() -> None:
    """By one scheduler; what it found stands beside the rest."""
    look()
    hands.run("UPDATE bellwork.snapshot SET around_at = NULL")
    asked: list[int] = []

    def missing() -> dict[str, int]:
        asked.append(1)
        return {"mail": 3}

    assert [True, False] == [keep_around(missing), keep_around(missing)]
    assert [1] == asked
    assert {"mail": 3} == ((look().around or {})["ground"])["due_missing"]
