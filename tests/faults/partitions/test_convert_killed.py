"""kill -9 before, in and after each step of a conversion: the next run goes on, and no audit row is lost or doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from bellwork.db import migrate
from bellwork.db.engine import forget, transaction
from bellwork.db.partitions.convert import STEPS, convert, examine
from bellwork.db.partitions.declared import declared
from tests.conftest import _fresh
from tests.db.catalog import run_script
from tests.faults import failpoints
from tests.faults.own_valkey import environment
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack

ROOT = Path(__file__).parents[3]
POINTS = [(when, step.name) for step in STEPS for when in ("before_convert", "after_convert")]
#: Converts in a process of its own for each line it reads, and says how that one ended: all is imported once.
_PROGRAM = """
import os, sys
from bellwork.db.partitions.convert import convert
from bellwork.db.partitions.declared import declared
for line in sys.stdin:
    if (child := os.fork()) == 0:
        convert(declared("content.audit_logs"))
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
_WRITE = "INSERT INTO public.audit_logs (action, user_id) VALUES (%s, 'user_student')"
_STATE = "SELECT count(*), count(DISTINCT id), count(DISTINCT action) FROM public.audit_logs WHERE action LIKE 'kept %'"
_BUILDING = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'CREATE UNIQUE INDEX%'"
_INDEX = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('public.audit_logs_convert_key')"


@pytest.fixture
def team(stack: Stack) -> Iterator[str]:
    """A plain audit trail of 10,000 rows in a team's own schema, adopted."""
    with contextmanager(_fresh)(stack, "template1") as url, environment(SCHEMAS="content=public"):
        with transaction() as conn:
            run_script(conn, "vividly.sql", "public")
            run_script(conn, "vividly_rows.sql", "public")
            conn.exec_driver_sql("INSERT INTO audit_logs (action) SELECT 'kept ' || n FROM generate_series(1, 10000) n")
        migrate.upgrade()
        yield url
        forget()


def test_a1_killed_before_and_after_each_step_a_conversion_goes_on(team: str, tmp_path: Path) -> None:
    """Fifteen kills in a row, a row written after each: all rows are there once, the table is partitioned."""
    with _program(tmp_path) as program:
        for number, (point, step) in enumerate([*POINTS[:9], ("amid_convert", "swap"), *POINTS[9:]]):
            failpoints.order(tmp_path, point, "kill9", step)
            _begin(program)
            assert -signal.SIGKILL == _ended(program), (point, step)
            _write(team, f"kept at kill {number}")
    convert(declared("content.audit_logs"))

    assert (10_015, 10_015, 10_015) == _ask(team, _STATE)
    assert "partitioned" == examine(declared("content.audit_logs")).progress.kind


def test_a1_killed_while_its_index_is_built_a_conversion_builds_it_again(team: str, tmp_path: Path) -> None:
    """An old snapshot holds the index up; its client is killed: the session follows it, the next run makes it anew."""
    with psycopg.connect(team) as reader, _program(tmp_path) as program:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("SELECT count(*) FROM public.users")
        building = _begin(program)
        eventually(lambda: _ask(team, _INDEX) == (False,), 30)
        os.kill(building, signal.SIGKILL)
        assert -signal.SIGKILL == _ended(program)
        eventually(lambda: _ask(team, _BUILDING) == (0,))
        reader.rollback()
    done = convert(declared("content.audit_logs"))

    assert ["index", "swap", "ahead", "analyze"] == list(done.seconds)
    assert (10_000, 10_000, 10_000) == _ask(team, _STATE)


@contextmanager
def _program(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _PROGRAM]
    with (
        environment(FAILPOINTS=str(failpoints.place(folder))),
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program,
    ):
        yield program


def _begin(program: subprocess.Popen[str]) -> int:
    """Begin to convert; returns the process that does."""
    assert program.stdin
    assert program.stdout
    program.stdin.write("\n")
    program.stdin.flush()
    return int(program.stdout.readline())


def _ended(program: subprocess.Popen[str]) -> int:
    """Wait for what was begun; returns its exit code."""
    assert program.stdout
    return int(program.stdout.readline())


def _write(url: str, action: str) -> None:
    with psycopg.connect(url) as conn:
        conn.execute(_WRITE, (action,))


def _ask(url: str, question: str) -> tuple[object, ...] | None:
    with psycopg.connect(url) as conn:
        return conn.execute(question.encode()).fetchone()
