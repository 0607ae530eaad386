"""An actor for which jobs wait though no live worker knows it is said once, by one scheduler, and taken back once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bellwork.db import engine
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.scheduler.unknown import KEY, MEND, Unknown
from bellwork.workers import due_set
from tests.db.ledger.ledger_jobs import appear, put

if TYPE_CHECKING:
    from collections.abc import Iterator

ACTOR, OTHER = "t.unknown", "t.other"
UNKNOWN, KNOWN, GONE = (
    "no live worker knows this actor",
    "a live worker knows this actor again",
    "no job waits for this actor any more",
)


@pytest.fixture(autouse=True)
def a_worker(redis_url: str) -> None:
    """It knows another actor."""
    del redis_url
    appear(OTHER)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No Redis answers."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    engine.forget()
    due_set.forget()
    yield
    due_set.forget()


def said(*lookers: Unknown) -> list[dict[str, Any]]:
    """Let each look once, and return what they say."""
    with capture_logs() as lines:
        for look in lookers:
            look()
    return [dict(line) for line in lines if line["event"] in {UNKNOWN, KNOWN, GONE}]


def test_it_is_said_at_the_second_look_and_once() -> None:
    """With the jobs that wait in whatever queue, since when, and what to do; a worker that restarts is no news."""
    put(NewJob(ACTOR), NewJob(ACTOR, queue="elsewhere"), NewJob(OTHER))
    with transaction() as conn:
        since = str(conn.execute(text("SELECT min(run_at) FROM bellwork.jobs")).scalar_one())
    look = Unknown()

    assert [] == said(look)
    line = {"actor": ACTOR, "waiting": 2, "since": since, "mend": MEND}
    assert [{"event": UNKNOWN, "log_level": "warning", **line}] == said(look)
    assert [] == said(look, look)


def test_it_is_said_again_when_it_changes() -> None:
    """Twice as many wait, or another job is the oldest; one more of many is no news."""
    put(*[NewJob(ACTOR)] * 3)
    look = Unknown()
    said(look, look)

    put(NewJob(ACTOR))
    assert [] == said(look)
    put(*[NewJob(ACTOR)] * 2)
    assert [6] == [line["waiting"] for line in said(look)]
    with transaction() as conn:
        conn.execute(text("DELETE FROM bellwork.jobs WHERE run_at = (SELECT min(run_at) FROM bellwork.jobs)"))
    assert [ACTOR] == [line["actor"] for line in said(look)]


@pytest.mark.parametrize("what", [KNOWN, GONE])
def test_it_is_taken_back_once(what: str) -> None:
    """When a worker knows the actor, or no job waits for it any more; what is unknown anew is said anew."""
    put(NewJob(ACTOR))
    look = Unknown()
    said(look, look)
    if what == KNOWN:
        appear(ACTOR)
    else:
        _forget("jobs")

    assert [(what, ACTOR)] == [(line["event"], line["actor"]) for line in said(look, look)]
    _forget("workers")
    appear(OTHER)
    put(NewJob(ACTOR))
    assert [UNKNOWN] == [line["event"] for line in said(look, look)]


def test_nothing_is_said_of_actors_where_no_worker_is_alive() -> None:
    """Neither that they are unknown nor that they are known: what is missing is a worker."""
    put(NewJob(ACTOR))
    look = Unknown()
    said(look, look)
    _forget("workers")
    put(NewJob(OTHER))

    assert [] == said(look, look)


def test_one_scheduler_says_it_for_all_and_another_when_it_is_gone() -> None:
    """Its place in Redis is its own until it has not looked for some time."""
    put(NewJob(ACTOR))
    first, second = Unknown(), Unknown()

    assert [UNKNOWN] == [line["event"] for line in said(first, second, first, second, first, second)]
    assert 60 < due_set.client().ttl(KEY) <= 150
    due_set.client().delete(KEY)
    assert [UNKNOWN] == [line["event"] for line in said(second, first, second, first)]


@pytest.mark.usefixtures("offline")
def test_without_redis_each_scheduler_says_it() -> None:
    """What is wrong is rather said twice than not at all."""
    put(NewJob(ACTOR))
    first, second = Unknown(), Unknown()

    assert [UNKNOWN, UNKNOWN] == [line["event"] for line in said(first, second, first, second)]


def _forget(table: str) -> None:
    with transaction() as conn:
        conn.execute(text(f"DELETE FROM bellwork.{table}"))  # noqa: S608 - ours
