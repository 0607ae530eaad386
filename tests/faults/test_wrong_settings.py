"""Whatever is wrong with the settings, each program says so in one line that names the variable, and ends with 1.

`status` judges, and so ends with 3: nothing is known. It reads no setting but where the servers are.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.faults.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROGRAMS = {
    "worker": ("dramatiq", "bellwork.workers.main", "--processes", "1", "--threads", "1"),
    "scheduler": ("bellwork.scheduler",),
    "bellwork": ("bellwork.ops.cli", "schedule", "list"),
    "jobs": ("bellwork.ops.cli", "jobs", "list"),
    "status": ("bellwork.ops.cli", "status"),
}
#: None takes a variable away.
WRONG: dict[str, tuple[dict[str, str | None], str]] = {
    "nothing set": ({"DATABASE_URL": None, "REDIS_URL": None}, "DATABASE_URL"),
    "no DATABASE_URL": ({"DATABASE_URL": None}, "DATABASE_URL"),
    "no REDIS_URL": ({"REDIS_URL": None}, "REDIS_URL"),
    "no PostgreSQL": ({"DATABASE_URL": "mysql://host/db"}, "DATABASE_URL"),
    "no URL": ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
    "unreachable": ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "DATABASE_URL"),
    "not Redis": ({"REDIS_URL": "http://host"}, "REDIS_URL"),
    "wrong type": ({"MAX_CRASHES": "many"}, "MAX_CRASHES"),
    "out of range": ({"POOL_SIZE": "0"}, "POOL_SIZE"),
    "a lease too short": ({"LEASE": "1", "BEAT": "1"}, "LEASE"),
    "a schema for nobody": ({"SCHEMAS": "contents=public"}, "SCHEMAS"),
}
#: All read the settings by the same code: what can be wrong is tried with the cheapest one. What only looks at jobs
#: asks for PostgreSQL alone.
EVERYWHERE = ("nothing set", "unreachable", "wrong type")
SERVERS = ("nothing set", "no DATABASE_URL", "no REDIS_URL", "no PostgreSQL", "no URL", "unreachable")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_wrong_setting_is_named(program: str, database: str, tmp_path: Path) -> None:
    """Each wrong setting ends each program with one line about its variable; all are tried at the same time."""
    del database
    tried = {"bellwork": WRONG, "jobs": SERVERS, "status": SERVERS}.get(program, EVERYWHERE)
    started = {what: _start(program, WRONG[what][0], tmp_path) for what in tried}
    for what, process in started.items():
        _assert_refused(what, process, WRONG[what][1], 3 if program == "status" else 1)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_database_without_the_schema_is_named(program: str, empty_database: str, tmp_path: Path) -> None:
    """The line says which command makes the schema."""
    process = _start(program, {"DATABASE_URL": empty_database}, tmp_path)

    assert "run `bellwork migrate`" in _assert_refused(
        "no schema", process, "DATABASE_URL", 3 if program == "status" else 1
    )


def test_a_module_that_cannot_be_imported_is_named(database: str, tmp_path: Path) -> None:
    """WORK_MODULES is the worker's own setting."""
    del database
    process = _start("worker", {"WORK_MODULES": "no.such.module"}, tmp_path)

    assert "'no.such.module'" in _assert_refused("no module", process, "WORK_MODULES")


def _start(program: str, settings: Mapping[str, str | None], folder: Path) -> subprocess.Popen[str]:
    wanted = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    return subprocess.Popen(
        [sys.executable, "-m", *PROGRAMS[program]],
        cwd=folder,
        env={name: value for name, value in wanted.items() if value is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _assert_refused(what: str, process: subprocess.Popen[str], variable: str, code: int = 1) -> str:
    out, err = process.communicate(timeout=90)
    said = [line for line in err.splitlines() if not _is_dramatiqs(line)]
    assert "Traceback" not in out + err, (what, err)
    assert ("", 1) == (out, len(said)), (what, err)
    assert variable in said[0], (what, err)
    assert code == process.returncode, (what, err)
    return said[0]


def _is_dramatiqs(line: str) -> bool:
    """Tell Dramatiq's own log (its master says that a worker has ended) from what we say."""
    return bool(re.match(r"\[\d{4}-\d\d-\d\d .*\] \[PID \d+\]", line))
