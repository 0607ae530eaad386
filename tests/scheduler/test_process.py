"""`python -m bellwork.scheduler` as a process: it works at once, survives its servers, and ends cleanly."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest

from bellwork.ops import embedded
from bellwork.scheduler.entries import calendar
from tests.ops.command import ROOT, environment, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bellwork.ops.embedded import Stack

PATIENCE = 40.0
_LISTENING = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%; LISTEN bellwork'"
#: The scheduler is another process: here the settings are those of the test's own database, and name the same systems.
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Stack]:
    """Servers of the test's own, which it may stop."""
    with TemporaryDirectory(prefix="bellwork-") as folder, embedded.start(Path(folder), durable=False) as stack:
        settings = _settings(stack, tmp_path)
        assert 0 == run("bellwork.ops.cli", "migrate", cwd=tmp_path, settings=settings).returncode
        yield stack


@pytest.fixture
def scheduler(own_stack: Stack, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A scheduler that runs."""
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bellwork.scheduler"],
            cwd=tmp_path,
            env=environment(_settings(own_stack, tmp_path)),
            stderr=log,
            stdout=log,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def test_entries_are_brought_at_start_and_decided_when_due_and_sigterm_ends_it(
    scheduler: subprocess.Popen[str], own_stack: Stack, tmp_path: Path
) -> None:
    """Within a round of falling due each has its job, and the exit code is 0."""
    _make_all_due(own_stack)
    _wait_for(lambda: _jobs(own_stack) == _entries())
    scheduler.send_signal(signal.SIGTERM)

    assert 0 == scheduler.wait(PATIENCE)
    assert "scheduler stopped" in (tmp_path / "log").read_text()


@pytest.mark.timeout(180)
def test_it_survives_postgresql_and_redis_being_away(
    scheduler: subprocess.Popen[str], own_stack: Stack, tmp_path: Path
) -> None:
    """Both are stopped and started; it says so, a line for each loop and change, and goes on by itself."""
    log = tmp_path / "log"
    _make_all_due(own_stack)
    _wait_for(lambda: _jobs(own_stack) == _entries())
    own_stack.stop_redis()
    _wait_for(lambda: "loop='the sign of life'" in log.read_text())
    own_stack.kill_postgres()
    _wait_for(lambda: "loop='rescuing the jobs of silent workers'" in log.read_text())
    own_stack.start_postgres()
    own_stack.start_redis()
    _wait_for(lambda: log.read_text().count("loop works again") >= 2)
    _wait_for(lambda: _count(own_stack, _LISTENING) == 1)

    assert scheduler.poll() is None
    assert len(log.read_text().splitlines()) < 30, log.read_text()


def test_two_schedulers_do_not_enqueue_twice(
    scheduler: subprocess.Popen[str], own_stack: Stack, tmp_path: Path
) -> None:
    """Both decide what is due, and each tick has one row and one job."""
    with (tmp_path / "log2").open("w") as log:
        second = subprocess.Popen(
            [sys.executable, "-m", "bellwork.scheduler"],
            cwd=tmp_path,
            env=environment(_settings(own_stack, tmp_path)),
            stderr=log,
            stdout=log,
        )
        _wait_for(lambda: "scheduler runs" in (tmp_path / "log2").read_text())
        _make_all_due(own_stack)
        _wait_for(lambda: _ticks(own_stack) >= _entries())
        second.terminate()

        assert 0 == second.wait(PATIENCE)
    assert _entries() == _jobs(own_stack)
    assert scheduler.poll() is None


def _settings(stack: Stack, folder: Path) -> dict[str, str]:
    urls = {"DATABASE_URL": stack.database_url, "REDIS_URL": stack.redis_url}
    return {**urls, "STORAGE_URL": f"file://{folder / 'storage'}", "PYTHONPATH": str(ROOT)}


def _entries() -> int:
    return sum(map(len, calendar().values()))


def _jobs(stack: Stack) -> int:
    return _count(stack, "SELECT count(*) FROM bellwork.jobs")


def _count(stack: Stack, statement: LiteralString) -> int:
    with psycopg.connect(stack.database_url, autocommit=True) as conn:
        row = conn.execute(statement).fetchone()
        return int(row[0]) if row else 0


def _make_all_due(stack: Stack) -> None:
    """Wait until the entries are known, and let each have been due for a moment; monthly or not, it is its latest."""
    _wait_for(lambda: _count(stack, "SELECT count(*) FROM bellwork.entries") == _entries())
    _count(stack, "WITH due AS (UPDATE bellwork.entries SET next_tick = now() RETURNING 1) SELECT count(*) FROM due")


def _ticks(stack: Stack) -> int:
    return _count(stack, "SELECT count(DISTINCT entry) FROM bellwork.ticks")


def _wait_for(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.05)
