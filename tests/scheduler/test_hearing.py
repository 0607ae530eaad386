"""A scheduler hears callers of SQL at their commit; where it cannot, polling finds what they enqueue."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from structlog.testing import capture_logs

from bellwork.db import engine, ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import Worker
from bellwork.db.settings import settings
from bellwork.scheduler import hearing
from bellwork.scheduler.hearing import Hearing
from bellwork.scheduler.upkeep import loops
from bellwork.workers import due_set
from bellwork.workers.top_up import top_up
from tests.db.ledger.notified import FREE, STAND_STILL
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENQUEUE = "SELECT bellwork.enqueue('t.heard', queue => 't.heard')"
LISTENING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE '%LISTEN bellwork' AND pid <> pg_backend_pid()
"""
SESSION = LISTENING.replace("count(*)", "coalesce(max(pid), 0)")
CUT = LISTENING.replace("count(*)", "count(pg_terminate_backend(pid))")


@pytest.fixture(autouse=True)
def at_work(database: str) -> None:
    """A worker takes what these tests enqueue, and the window of callers is an hour."""
    del database
    with transaction() as conn:
        worker = Worker(uuid4(), "here", 1, 1, ["t.heard"], {"t.heard": None})
        ledger.register_worker(conn, worker, 3600)
    ask(STAND_STILL)


def ask(statement: str) -> int:
    """Execute a statement as somebody else would; returns the number it gives."""
    with psycopg.connect(settings().database_url.replace("+psycopg", ""), autocommit=True) as conn:
        cursor = conn.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
    return int(row[0]) if row else 0


def size() -> int:
    """Count what is in the due set."""
    return int(due_set.client().zcard(due_set.key("t.heard")))


@contextmanager
def hears(look: Callable[[], object] = top_up) -> Iterator[Event]:
    """Hear callers during the block; no polling goes on beside."""
    stopped = Event()
    thread = Hearing(look, stopped)
    thread.start()
    try:
        eventually(lambda: ask(LISTENING) == 1)
        yield stopped
    finally:
        stopped.set()
        thread.join(30)
        assert not thread.is_alive()
        assert 0 == ask(LISTENING)


def test_what_sql_enqueues_is_offered_without_polling() -> None:
    """By the notification alone, each time."""
    with hears():
        for number in range(1, 4):
            ask(FREE)
            ask(ENQUEUE)
            eventually(lambda number=number: size() == number)  # type: ignore[misc]


def test_those_that_kept_silent_are_found_by_the_look_after_it() -> None:
    """Who enqueues while the first look is under way, and commits before the pause is over, need not notify."""
    looks = []

    def look() -> None:
        looks.append(top_up())
        if len(looks) == 1:
            ask(ENQUEUE)

    with hears(look):
        ask(FREE)
        ask(ENQUEUE)
        eventually(lambda: size() == 2)


def test_many_notifications_are_one_look_for_each_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty come while it pauses after the first look; what follows is one look for all of them, and the last one.

    PostgreSQL may bring the last of them a moment later, and they get theirs.
    """
    looks: list[int] = []
    paused = Event()
    monkeypatch.setattr(hearing, "PAUSE", 3600)
    with hears(lambda: looks.append(1)) as stopped:
        monkeypatch.setattr(stopped, "wait", lambda _seconds: paused.wait(30))
        ask("NOTIFY bellwork")
        eventually(lambda: looks)
        for _ in range(50):
            ask("NOTIFY bellwork")
        before = len(looks)
        paused.set()
        eventually(lambda: len(looks) >= 3)

    assert 1 == before
    assert len(looks) < 10


def test_a_connection_that_is_cut_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever enqueued meanwhile is found by polling; it is said once that hearing failed, and once that it is back."""
    monkeypatch.setattr(hearing, "SOON", 0.05)
    with capture_logs() as lines, hears():
        assert 1 == ask(CUT)
        eventually(lambda: len(lines) == 2)
        eventually(lambda: ask(LISTENING) == 1)
        ask(FREE)
        ask(ENQUEUE)
        eventually(lambda: size() == 1)

    assert ["warning", "info"] == [line["log_level"] for line in lines]
    assert ["hearing callers of SQL"] * 2 == [line["loop"] for line in lines]


def test_a_server_that_takes_no_writes_is_left() -> None:
    """A primary that became a standby cuts nobody off: once a loop has heard that from it, hearing connects anew."""
    with hears():
        before = ask(SESSION)
        with pytest.raises(engine.DatabaseError), transaction() as conn:
            conn.exec_driver_sql("SET TRANSACTION READ ONLY; CREATE TABLE refused ()")
        eventually(lambda: ask(SESSION) not in {0, before})


def test_a_look_that_fails_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said once, and the next notification is heard."""
    monkeypatch.setattr(hearing, "SOON", 0.05)
    looks: list[int] = []

    def look() -> None:
        looks.append(1)
        if len(looks) == 1:
            raise ZeroDivisionError

    with capture_logs() as lines, hears(look):
        ask("NOTIFY bellwork")
        eventually(lambda: len(lines) == 2)
        ask("NOTIFY bellwork")
        eventually(lambda: len(looks) > 1)

    assert "ZeroDivisionError" in lines[0]["error"]


@pytest.mark.parametrize("way", ["told", "noticed"])
def test_behind_a_pooler_polling_finds_it(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the settings name it or not: the thread ends with one line that is no warning, and nothing is lost."""
    if way == "told":
        monkeypatch.setenv("BELLWORK_POOLER", "transaction")
        engine.forget()
    else:
        monkeypatch.setattr(psycopg.ConnectionInfo, "backend_pid", -1)
    thread = Hearing(top_up, Event())
    with capture_logs() as lines:
        thread.start()
        thread.join(30)
        assert not thread.is_alive()
        ask(ENQUEUE)
        for loop in loops():
            if loop.duty is top_up:
                loop()
    reason = {"told": "BELLWORK_POOLER is 'transaction'", "noticed": "a pooler stands before PostgreSQL"}[way]

    assert [("info", reason)] == [(line["log_level"], line["reason"]) for line in lines]
    assert (0, 1) == (ask(LISTENING), size())
