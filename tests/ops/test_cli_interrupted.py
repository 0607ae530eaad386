"""A command that is stopped half-way has done nothing: Ctrl-C, a lost connection, a server that takes no writes."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text

from bellwork.db import ledger
from bellwork.db.engine import engine, transaction
from bellwork.db.ledger import NewJob
from tests.helpers import eventually
from tests.ops.command import environment
from tests.ops.desk import ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JOBS = 30
_WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
#: What only looks, and what changes something.
LOOKS = [("status",), ("jobs", "list"), ("jobs", "show", "1"), ("doctor",)]
DEEDS = [
    ("jobs", "enqueue", "a.b"),
    ("jobs", "cancel", "1"),
    ("jobs", "retry", "1"),
    ("queues", "pause", "default", "--reason", "x"),
    ("queues", "resume", "default"),
]


@pytest.fixture
def jobs(database: str) -> list[int]:
    """Jobs that wait."""
    del database
    with transaction() as conn:
        return [due.id for due in ledger.enqueue(conn, [NewJob("a.b")] * JOBS)]


@pytest.fixture
def held_up(jobs: list[int], tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A bulk cancel that has cancelled all but the last job, which somebody else holds; with its session's pid."""
    with engine().connect() as holder:
        holder.execute(text("SET idle_in_transaction_session_timeout = 0"))  # the command may be slow to start
        holder.execute(text("SELECT FROM bellwork.jobs WHERE id = :id FOR UPDATE"), {"id": max(jobs)})
        command = [sys.executable, "-m", "bellwork.ops.cli", "jobs", "cancel", "--actor", "a.b"]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=pipe, stderr=pipe, text=True)
        eventually(lambda: waiting() or process.poll() is not None, 30)
        yield process, waiting()[0]


def waiting() -> list[int]:
    """List the sessions that wait for a lock."""
    with engine().connect() as conn:
        return list(conn.execute(text(_WAITING)).scalars())


def states() -> dict[str, int]:
    """Count the jobs by state."""
    with transaction() as conn:
        found = [job["state"] for job in ledger.list_jobs(conn, limit=1_000)]
    return {state: found.count(state) for state in set(found)}


def test_ctrl_c_undoes_a_bulk_action_and_says_so(held_up: tuple[subprocess.Popen[str], int]) -> None:
    """Exit code 130 within a second or two, one line, and not one job is cancelled."""
    process, _ = held_up
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert (130, "", "bellwork: interrupted; nothing was changed\n") == (process.returncode, out, err)
    assert {"available": JOBS} == states()


def test_a_connection_cut_in_the_middle_undoes_a_bulk_action(held_up: tuple[subprocess.Popen[str], int]) -> None:
    """Exit code 1, one line that says where to look, and not one job is cancelled."""
    process, pid = held_up
    with engine().connect() as conn:
        conn.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    out, err = process.communicate(timeout=60)

    assert (1, "", 1) == (process.returncode, out, err.count("\n"))
    assert "check that PostgreSQL of DATABASE_URL runs and accepts connections" in err
    assert {"available": JOBS} == states()


def test_ctrl_c_in_the_very_commit_says_that_nobody_knows(jobs: list[int]) -> None:
    """What was to be recorded that moment may be or may not; whoever asked is sent to look."""

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    event.listen(engine(), "commit", interrupt)
    answer = ask("jobs", "cancel", str(jobs[0]))

    assert (130, "", "bellwork: interrupted; look before you repeat it\n") == (answer.code, answer.out, answer.err)


@pytest.mark.usefixtures("jobs")
def test_a_server_that_takes_no_writes_is_looked_at_and_not_changed() -> None:
    """A standby or a server that was made read-only: looking works, and each deed is refused in one line."""
    with engine().execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
        database = conn.engine.url.database
        conn.execute(text(f'ALTER DATABASE "{database}" SET default_transaction_read_only = on'))
    engine().dispose()
    looked = {words: ask(*words, "--json") for words in LOOKS}
    tried = {words: ask(*words) for words in DEEDS}

    assert all(answer.out.startswith("{") and not answer.err for answer in looked.values()), looked
    for words, answer in tried.items():
        assert (1, "", 1) == (answer.code, answer.out, answer.err.count("\n")), (words, answer)
        assert "in a read-only transaction" in answer.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("/test_", "/nowhere_test_"), "does not exist"),
        (("user=bellwork", "user=nobody_of_ours"), "nobody_of_ours"),
        (("port=5432", "port=1"), "No such file or directory"),
    ],
    ids=["another name", "another role", "nobody there"],
)
def test_a_database_that_cannot_be_reached_is_named(
    database: str, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], said: str
) -> None:
    """The line names the variable and what the server, or nobody, said."""
    monkeypatch.setenv("DATABASE_URL", database.replace(*change))
    ask("status")  # forgets the engine that was made before
    answer = ask("jobs", "list")

    assert (1, "", 1) == (answer.code, answer.out, answer.err.count("\n"))
    assert "DATABASE_URL names a server that cannot be used" in answer.err
    assert said in answer.err
