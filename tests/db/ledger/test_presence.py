"""One row of life per worker process: it appears, is renewed, is known, and leaves with nothing in its hands."""

from __future__ import annotations

from uuid import uuid4

import pytest

from bellwork.db import ledger
from bellwork.db.engine import psycopg_of, transaction
from tests.db.ledger import ledger_jobs


def test_a_beat_renews_those_who_are_known(database: str) -> None:
    """A beat tells which workers are still there; an unknown one is not brought to life."""
    del database
    worker = ledger_jobs.appear(lease=-1)
    with transaction() as conn:
        known = ledger.beat(conn, [worker, uuid4()], 60)
        rescued = ledger.rescue_expired(conn)

    assert ({worker}, [], 1) == (known, rescued, ledger_jobs.count("workers"))


def test_who_leaves_hands_back_uncounted(database: str) -> None:
    """At a clean stop the row goes, and its jobs are available without a crash or a retry."""
    del database
    job = ledger_jobs.claim_one()
    with transaction() as conn:
        ledger.deregister(conn, job.worker_id)

    row = ledger_jobs.show(job.id)
    assert ("available", 0, 0, 0) == (row["state"], row["crashes"], row["retries"], ledger_jobs.count("workers"))


def test_queues_are_heard_while_a_worker_lives_that_listens(database: str) -> None:
    """Each once, however many listen; neither those of a silent worker, nor one that is paused."""
    del database
    with transaction() as conn:
        for queues, lease in ((["a", "b"], 60), (["b", "c"], 60), (["d"], -1)):
            ledger.register_worker(conn, ledger.Worker(uuid4(), "here", 1, 1, queues, {}), lease)
        ledger.pause(conn, "c", "ops", "")

        assert ["a", "b"] == sorted(ledger.heard_queues(conn))


def test_actors_are_known_while_a_worker_lives_that_knows_them(database: str) -> None:
    """What a silent worker knew is unknown; jobs that wait for it are reported."""
    del database
    ledger_jobs.put()
    ledger_jobs.appear("t.other", lease=60)
    ledger_jobs.appear(ledger_jobs.ACTOR, lease=-1)
    with transaction() as conn:
        assert ["t.other"] == ledger.known_actors(conn)
        assert [(ledger_jobs.ACTOR, 1)] == [(row["actor"], row["waiting"]) for row in ledger.unknown_actors(conn)]


@pytest.mark.parametrize(
    ("left", "late"), [(9, False), (6, False), (4, True), (-1, True)], ids=["fresh", "half", "less", "none"]
)
def test_a_worker_keeps_itself_alive_when_half_of_its_lease_is_gone(left: int, late: bool, database: str) -> None:
    """Of a lease of 10 s: renewed below half, also when it ran out; above, somebody else's beat is left alone."""
    del database
    worker = ledger_jobs.appear(lease=left)
    with transaction() as conn:
        [(before,)] = psycopg_of(conn).execute("SELECT expires_at FROM bellwork.workers")
        told = ledger.keep_alive(conn, worker, 10)
        [(after, full)] = psycopg_of(conn).execute(
            "SELECT expires_at, expires_at = now() + interval '10 s' FROM bellwork.workers"
        )

    assert (before, after if late else None) == told
    assert (late, before != after) == (full, late)


def test_who_was_declared_gone_cannot_keep_itself_alive(database: str) -> None:
    """There is no row, and none comes of it."""
    del database
    with transaction() as conn:
        assert (None, None) == ledger.keep_alive(conn, uuid4(), 10)
    assert ledger_jobs.count("workers") == 0
