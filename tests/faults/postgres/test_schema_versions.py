"""A deploy in its middle: workers go on with a schema that the next release has expanded, and refuse an older one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bellwork.db import revision
from bellwork.ops.doctor import examine
from tests.faults import invariants, orders
from tests.faults.ground import PATIENCE, rows
from tests.faults.processes import ROOT, Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

NEXT = "9999"
#: What the next release may do to tables that this one writes: anything that a writer need not know of.
_EXPAND = (
    "ALTER TABLE bellwork.jobs ADD COLUMN colour text, ADD COLUMN weight integer NOT NULL DEFAULT 1",
    "ALTER TABLE bellwork.finished_jobs ADD COLUMN colour text",
    "ALTER TABLE bellwork.workers ADD COLUMN zone text NOT NULL DEFAULT ''",
    "CREATE INDEX ON bellwork.jobs (colour)",
    "UPDATE bellwork.alembic_version SET version_num = '9999'",
)


def test_g14_workers_go_on_while_the_schema_is_expanded_and_start_on_it(ground: Path) -> None:
    """Requests asked before, during and after it are done once, by workers started before and after it."""
    with Cluster(ground, masters=1, processes=1, scheduler=True) as before:
        _ask("before")
        for number, statement in enumerate(_EXPAND):
            rows(statement)
            orders.ask(f"during-{number}")
        with Cluster(ground, masters=1, processes=1) as after:
            _ask("after")
            eventually(lambda: orders.is_done("%", 3 * len(_EXPAND)), PATIENCE)
            assert [1] * 3 == [kept.starts for kept in before.kept + after.kept]

    orders.assert_once("%", 3 * len(_EXPAND))
    assert revision.is_ahead()
    invariants.check()


def test_g14_a_release_that_is_rolled_back_leaves_the_newer_schema_alone(database: str) -> None:
    """Its `bellwork migrate` changes nothing and succeeds; the doctor points it out, and looks on."""
    del database
    for statement in _EXPAND:
        rows(statement)
    assert 0 == _run("bellwork.ops.cli", "migrate").returncode
    findings = {finding.name: finding for finding in examine()}

    assert NEXT == revision.current()
    assert "warn" == findings["schema"].kind
    assert "workers" in findings


@pytest.mark.parametrize("found", ["0001", "0000"])
def test_g14_a_worker_refuses_a_schema_that_is_behind(found: str, database: str) -> None:
    """One line names the revision that is there, the one that is needed, and the command; the exit code is 1."""
    del database
    rows("UPDATE bellwork.alembic_version SET version_num = :found", found=found)
    ended = _run("dramatiq", "bellwork.workers.main", "--processes", "1", "--threads", "1")

    assert 1 == ended.returncode
    assert f"with {found}, this release needs {revision.head()}: run `bellwork migrate`" in ended.stderr


def _ask(when: str) -> None:
    for number in range(len(_EXPAND)):
        orders.ask(f"{when}-{number}")


def _run(*module: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *module]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
