"""What authors test their actors with: a plugin that asks for DATABASE_URL alone, and a world without a database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import bellwork
from bellwork import RefusedJob, job, transaction
from bellwork.workers.offline import Offline

ROOT = Path(__file__).parents[2]
_WORK = """
import bellwork
from bellwork import job

@bellwork.actor(actor_name="theirs.grade", queue_name="theirs", max_retries=0)
def grade(essay: int, *, then: bool = False) -> None:
    with job.transaction() as conn:
        if then:
            grade.send(essay=essay + 1)
"""
_TESTS = """
import bellwork, psycopg, pytest
from bellwork.tasks.letters import post
from work import grade

@pytest.mark.parametrize("time", [1, 2])
def test_each_test_finds_it_empty(bellwork_jobs, bellwork_database, time):
    assert [] == bellwork_jobs.enqueued()
    grade.send(essay=1, then=True)
    with psycopg.connect(bellwork_database) as conn:
        bellwork.enqueue(conn, "theirs.grade", {"essay": 5})
    assert bellwork_jobs.assert_enqueued("theirs.grade", essay=5)
    assert 3 == bellwork_jobs.drain()
    assert "done" == bellwork_jobs.run(grade, essay=9)["state"]
    with bellwork.transaction() as conn:
        note = {"system": "theirs", "kind": "note", "to": "ann@example.org", "subject": "7", "text": "7"}
        assert post(conn, key="theirs.note:7", **note) is not None
    grade.send(essay=7)

def test_without_a_database(bellwork_offline):
    bellwork_offline.run(grade, essay=1, then=True)
    assert {"essay": 2} == bellwork_offline.assert_enqueued("theirs.grade").args
"""
_LEFT = """
SELECT (SELECT count(*) FROM bellwork.jobs),
       (SELECT count(*) FROM pg_database WHERE starts_with(datname, 'bellwork_test_'))
"""


@bellwork.actor(actor_name="t.offline", queue_name="t.offline")
def write(number: int, *, fail: bool = False) -> int:
    """Use the connection, send, and perhaps fail."""
    with job.transaction() as conn:
        conn.exec_driver_sql(f"INSERT {number}")
        write.send(number + 1)
        if fail:
            raise ZeroDivisionError
    return job.current().id


@bellwork.actor(actor_name="t.offline_async", queue_name="t.offline")
async def write_later(number: int) -> int:
    """Send from a coroutine."""
    write.send_with_options(args=(number,), priority=4, unique_key="k")
    return number


class Conn:
    """What a test gives for a connection."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def exec_driver_sql(self, statement: str) -> None:
        """Remember it."""
        self.said.append(statement)


@pytest.mark.parametrize("with_redis", [True, False])
def test_the_plugin_asks_for_database_url_alone(database: str, tmp_path: Path, with_redis: bool) -> None:
    """Each test finds an empty ledger; nothing is written to the database that the variable names."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["bellwork.testing"]\n')
    (tmp_path / "work.py").write_text(_WORK)
    (tmp_path / "test_work.py").write_text(_TESTS)
    environment = {**os.environ, "DATABASE_URL": database, "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    if not with_redis:
        del environment["REDIS_URL"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert "3 passed" in done.stdout, done.stdout + done.stderr
    with transaction() as conn:
        assert (0, 0) == conn.exec_driver_sql(_LEFT).one()


def test_offline_an_actor_runs_and_its_sends_are_recorded() -> None:
    """On what the test gives for a connection; nothing is asked of a database."""
    conn = Conn()
    with Offline(conn) as offline:
        result = offline.run(write, number=1)
        returned = offline.run(write_later, number=7)
        sent = offline.assert_enqueued("t.offline", number=7)

    assert (1, 7, ["INSERT 1"]) == (result, returned, conn.said)
    assert (4, "k", "t.offline") == (sent.priority, sent.unique_key, sent.queue)
    assert [{"number": 2}, {"number": 7}] == [each.args for each in offline.sent]


def test_offline_what_fails_sends_nothing() -> None:
    """As the transaction that fails would."""
    with Offline(Conn()) as offline, pytest.raises(ZeroDivisionError):
        offline.run(write, number=1, fail=True)

    assert [] == offline.sent


def test_offline_what_is_refused_is_refused() -> None:
    """By the rules of the ledger, and by the signature."""
    with Offline() as offline:
        with pytest.raises(RefusedJob, match="contains NUL"):
            write.send("\0")  # type: ignore[arg-type] # that is what is refused
        with pytest.raises(TypeError):
            offline.run(write, wrong=1)
        with pytest.raises(
            AssertionError, match=r"^expected one job of 't\.offline' with \{\}, found 0; sent were \[\]$"
        ):
            offline.assert_enqueued("t.offline")

    assert [] == offline.sent


def test_offline_who_asks_the_database_is_told_that_there_is_none() -> None:
    """In words, not by a connection that hangs."""
    with Offline() as offline, pytest.raises(AttributeError, match="there is no database in this test"):
        offline.run(write, number=1)
    message: Any = offline.sent

    assert [] == message
