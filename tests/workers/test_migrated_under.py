"""A migration under a running process outdates what it prepared: it goes on at once, on new connections."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import dramatiq
import psycopg
import pytest
from sqlalchemy import text

from bellwork.db import engine, pool
from bellwork.db.engine import single_statements, transaction
from bellwork.db.outdated import is_outdated
from bellwork.scheduler.loops import Loop
from bellwork.workers import broker, job
from bellwork.workers.consumer import LedgerConsumer
from bellwork.workers.heartbeat import Heart
from bellwork.workers.presence import register
from bellwork.workers.testing import drain
from bellwork.workers.watch import Watch
from tests.workers import look

if TYPE_CHECKING:
    from collections.abc import Callable

#: More than psycopg executes of a statement before it prepares it, on each connection that is used.
WARM = 24
MIGRATION = "ALTER TABLE bellwork.jobs ALTER priority TYPE integer"


@dramatiq.actor(actor_name="t.migrated", queue_name="t.migrated", max_retries=1, min_backoff=1)
def work(name: str) -> None:
    """End in a transaction of its own that sends nothing."""
    del name
    with job.transaction():
        pass


@dramatiq.actor(actor_name="t.migrated_short", queue_name="t.migrated_short", lane="short", max_retries=0)
def brief() -> None:
    """Do nothing."""


@pytest.fixture
def migrate(database: str) -> Callable[[], None]:
    """Change a column's type, as nobody of this process sees it."""

    def change() -> None:
        with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as conn:
            conn.execute("DROP VIEW IF EXISTS bellwork.own_jobs, bellwork.queue_depth CASCADE")
            conn.execute(MIGRATION)

    return change


def test_claims_and_sends_go_on(migrate: Callable[[], None]) -> None:
    """Warm claims, sends and ends, each of them prepared: none fails after the migration, and none counts a retry."""
    register(broker)
    consumer = LedgerConsumer(broker, "t.migrated")
    for _ in range(WARM):
        work.send(name="warm")
        assert 1 == len(consumer._claim([], 1))
    drain("t.migrated")
    migrate()
    work.send(name="after")
    claimed = consumer._claim([], 1)

    assert ["after"] == [each.args["name"] for each in claimed]


def test_short_jobs_and_loops_go_on(migrate: Callable[[], None]) -> None:
    """A batch whose end was prepared is run once more, uncounted; a loop's round succeeds at its second try."""
    rounds = []

    def duty() -> None:
        with single_statements() as conn:
            rounds.append(conn.exec_driver_sql("SELECT priority FROM bellwork.jobs LIMIT 1").scalar())

    loop = Loop("a loop", 1, duty)
    for _ in range(WARM):
        brief.send()
        drain("t.migrated_short")
        assert loop()
    migrate()
    brief.send()
    assert loop()
    drain("t.migrated_short", later=True)

    assert {"done"} == set(look.states("t.migrated_short"))
    assert WARM + 1 == len(rounds)


def test_leases_go_on(database: str) -> None:
    """Beats of the heartbeat, and those of a worker that has none beside it, renew the lease at once."""
    register(broker)
    heart, watch = Heart(os.getppid()), Watch(broker)
    for _ in range(WARM):
        _beat(heart, watch)
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as conn:
        conn.execute("ALTER TABLE bellwork.workers ALTER pid TYPE bigint, ALTER expires_at TYPE timestamptz(3)")

    assert [True, True] == _beat(heart, watch)


def _beat(heart: Heart, watch: Watch) -> list[bool]:
    """Let each of them beat while the lease runs out; tells of each whether it was renewed."""
    renewed = []
    for beat in (heart.beat, watch.look):
        look.execute("UPDATE bellwork.workers SET expires_at = now() + interval '0.1 s'")
        beat()
        with transaction() as conn:
            [left] = conn.execute(text("SELECT extract(epoch FROM expires_at - now()) FROM bellwork.workers")).scalars()
        renewed.append(left > 1)
    return renewed


def test_other_refusals_are_not_taken_for_it(database: str) -> None:
    """What PostgreSQL does not support for another reason stays an error."""
    del database
    with pytest.raises(Exception, match="cross-database references") as caught, transaction() as conn:
        conn.exec_driver_sql("SELECT * FROM elsewhere.public.things")

    assert not is_outdated(caught.value)


def test_a_connection_that_was_just_opened_is_used(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever other threads hear of the server meanwhile; the next use of it looks again."""
    del database
    engine.forget()
    monkeypatch.setattr(pool, "_trusted_since", float("inf"))
    pids = []
    for _ in range(2):
        with engine.transaction() as conn:
            pids.append(conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())

    assert 2 == len(set(pids))
