"""`bellwork up` brings a whole stack up from nothing, keeps it up, and takes it down cleanly."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, LiteralString

import psutil
import psycopg
import pytest

from bellwork.ops.cli.worker import _WORKERS
from bellwork.ops.embedded import EmbeddedError
from bellwork.ops.embedded.record import read
from bellwork.ops.up import commands
from tests.ops.command import bellwork, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

PATIENCE = 60.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty directory that every user can reach."""
    with TemporaryDirectory(prefix="bellwork-up-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def stack(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A running `bellwork up`, whose words go to the file `log`."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bellwork.ops.cli", "up"], cwd=folder, env=environment({}), stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE)


def ask(folder: Path, statement: LiteralString) -> set[Any]:
    """Return what a statement finds in the first column, or nothing while there is nobody to ask."""
    try:
        with psycopg.connect(read(folder / ".bellwork").database_url) as conn:
            return {row[0] for row in conn.execute(statement)}
    except (OSError, EmbeddedError, psycopg.Error):
        return set()


def workers(folder: Path) -> set[UUID]:
    """Return the ids of the workers that the ledger knows."""
    return ask(folder, "SELECT id FROM bellwork.workers")


def wait_for(fact: Callable[[], bool]) -> None:
    """Wait until a fact holds."""
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def master(process: subprocess.Popen[bytes]) -> psutil.Process:
    """Find one of Dramatiq's masters among the children."""
    children = psutil.Process(process.pid).children()
    return next(child for child in children if "dramatiq" in child.cmdline())


@pytest.mark.timeout(240)
def test_a_stack_comes_up_stays_up_and_goes_down(folder: Path, stack: subprocess.Popen[bytes]) -> None:
    """From an empty directory to live workers; a killed master is replaced; SIGTERM ends everything with 0.

    Commands find it. A second one in the same place is refused by one line that says which process holds the directory.
    """
    wait_for(lambda: len(workers(folder)) == 2 and bool(ask(folder, "SELECT key FROM bellwork.entries")))
    second = bellwork("up", cwd=folder, settings={})

    assert (1, 1) == (second.returncode, len(second.stderr.splitlines())), second.stderr
    assert "already runs" in second.stderr
    assert 2 == json.loads(bellwork("status", "--json", cwd=folder, settings={}).stdout)["workers_alive"]
    assert 0 == bellwork("doctor", cwd=folder, settings={}).returncode

    before = workers(folder)
    master(stack).kill()
    wait_for(lambda: len(workers(folder) - before) == 1)
    family = psutil.Process(stack.pid).children(recursive=True)
    stack.send_signal(signal.SIGTERM)

    assert 0 == stack.wait(PATIENCE)
    assert [] == psutil.wait_procs(family, timeout=60)[1]
    assert "stopped" in (folder / "log").read_text().splitlines()[-1]


@pytest.mark.parametrize("command", [*commands(1).values(), _WORKERS], ids=["worker", "scheduler", "bellwork worker"])
def test_packages_of_the_folder_it_starts_in_are_not_run(folder: Path, command: list[str]) -> None:
    """A folder with a `db` or `workers` of its own, which anybody may have put there, starts ours all the same."""
    for package in ("db", "workers", "scheduler", "tasks", "dramatiq"):
        (folder / package).mkdir()
        (folder / package / "__init__.py").write_text("raise SystemExit('a foreign package was run')")
    settings = {"DATABASE_URL": "postgresql://127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run(
        command,
        cwd=folder, env=environment(settings), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip

    assert "foreign" not in done.stderr
    assert "DATABASE_URL names a server that cannot be used: 127.0.0.1:1/none" in done.stderr
