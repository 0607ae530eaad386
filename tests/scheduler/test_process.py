"""`python -m bellwork.scheduler` as a process: it works at once, survives its servers, and ends cleanly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest

from bellwork.db import engine, migrate
from bellwork.ops import embedded
from bellwork.scheduler.entries import calendar
from tests.ops.command import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bellwork.ops.embedded import Stack

PATIENCE = 40.0
_LISTENING = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%; LISTEN bellwork'"


@pytest.fixture
def own_stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """Servers of the test's own, which it may stop, named by the environment."""
    with TemporaryDirectory(prefix="bellwork-") as folder, embedded.start(Path(folder), durable=False) as stack:
        monkeypatch.setenv("DATABASE_URL", stack.database_url)
        monkeypatch.setenv("REDIS_URL", stack.redis_url)
        engine.forget()
        migrate.upgrade()
        yield stack
    engine.forget()


@contextmanager
def running(folder: Path, log: str = "log") -> Iterator[subprocess.Popen[str]]:
    """A scheduler that runs, on the servers that the environment names."""
    with (folder / log).open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "bellwork.scheduler"],
            cwd=folder,
            env=environment({"STORAGE_URL": f"file://{folder / 'storage'}", **_servers()}),
            stderr=out,
            stdout=out,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.mark.usefixtures("database")
def test_entries_are_brought_at_start_and_decided_when_due_and_sigterm_ends_it(tmp_path: Path) -> None:
    """Within a round of falling due each has its job, and the exit code is 0."""
    with running(tmp_path) as scheduler:
        _make_all_due()
        _wait_for(lambda: _jobs() == _entries())
        scheduler.send_signal(signal.SIGTERM)

        assert 0 == scheduler.wait(PATIENCE)
    assert "scheduler stopped" in (tmp_path / "log").read_text()


@pytest.mark.timeout(180)
def test_it_survives_postgresql_and_redis_being_away(own_stack: Stack, tmp_path: Path) -> None:
    """Both are stopped and started; it says so, a line for each loop and change, and goes on by itself."""
    log = tmp_path / "log"
    with running(tmp_path) as scheduler:
        _make_all_due()
        _wait_for(lambda: _jobs() == _entries())
        own_stack.stop_redis()
        _wait_for(lambda: "loop='the sign of life'" in log.read_text())
        own_stack.kill_postgres()
        _wait_for(lambda: "loop='rescuing the jobs of silent workers'" in log.read_text())
        own_stack.start_postgres()
        own_stack.start_redis()
        _wait_for(lambda: log.read_text().count("loop works again") >= 2)
        _wait_for(lambda: _count(_LISTENING) == 1)

        assert scheduler.poll() is None
        assert len(log.read_text().splitlines()) < 30, log.read_text()


@pytest.mark.usefixtures("database")
def test_two_schedulers_do_not_enqueue_twice(tmp_path: Path) -> None:
    """Both decide what is due, and each tick has one row and one job."""
    with running(tmp_path) as first, running(tmp_path, "log2") as second:
        for log in ("log", "log2"):
            _wait_for(lambda log=log: "scheduler runs" in (tmp_path / log).read_text())  # type: ignore[misc]
        _make_all_due()
        _wait_for(lambda: _ticks() >= _entries())
        second.terminate()

        assert 0 == second.wait(PATIENCE)
        assert _entries() == _jobs()
        assert first.poll() is None


def _servers() -> dict[str, str]:
    return {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}


def _entries() -> int:
    return sum(map(len, calendar().values()))


def _jobs() -> int:
    return _count("SELECT count(*) FROM bellwork.jobs")


def _count(statement: LiteralString) -> int:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as conn:
        row = conn.execute(statement).fetchone()
        return int(row[0]) if row else 0


def _make_all_due() -> None:
    """Wait until the entries are known, and let each have been due for a moment; monthly or not, it is its latest."""
    _wait_for(lambda: _count("SELECT count(*) FROM bellwork.entries") == _entries())
    _count("WITH due AS (UPDATE bellwork.entries SET next_tick = now() RETURNING 1) SELECT count(*) FROM due")


def _ticks() -> int:
    return _count("SELECT count(DISTINCT entry) FROM bellwork.ticks")


def _wait_for(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.05)
