"""A command loads what it needs and no more: most of what a short one costs is what it imports."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bellwork.db.snapshot.around import keep_around
from bellwork.db.snapshot.take import take
from bellwork.ops.cli.commands import COMMANDS
from tests.db.ledger import hands, ledger_jobs
from tests.ops.command import environment
from tests.ops.desk import ask

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {
    *("alembic", "apscheduler", "av", "dramatiq", "httpx", "jinja2", "obstore", "openai", "PIL", "psutil", "pyarrow"),
    *("redis", "rich", "sqlalchemy.orm", "starlette", "structlog", "tenacity", "uvicorn", "bellwork.workers"),
}
#: What speaks with PostgreSQL and reads the settings, and what belongs to other commands.
GROUND = {
    *("psycopg", "pydantic", "sqlalchemy", "bellwork.db.engine", "bellwork.db.ledger", "bellwork.db.settings"),
    "bellwork.ops.cli.job_changes",
}
_PROBE = """
import sys
from bellwork.ops.cli import main
sys.argv = ["bellwork", *sys.argv[1:]]
try:
    main()
finally:
    print("loaded", *sys.modules, file=sys.stderr)
"""


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("--help", set()),
        ("status", set()),
        ("acts", set()),
        ("schedule list", set()),
    ],
)
def test_a_command_that_reads_more_loads_no_engine(command: str, needed: set[str], tmp_path: Path) -> None:
    """Neither the engine nor the work, the scheduler or a web server; Redis's client only where Redis is asked."""
    loaded = modules(command, tmp_path)
    assert needed == HEAVY & loaded


LOOKS = (
    *("status", "status --json", "queues list", "top --json", "top", "workers", "slo"),
    "check queue-latency -q default",
    *("jobs list", "jobs list --json", "jobs list --queue default --older-than 1s --error x", "jobs show 1"),
    *("jobs explain 1", "explain job 1", "failures list", "failures list --json"),
)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("command", LOOKS)
def test_a_command_that_only_looks_loads_a_driver_and_no_more(command: str, tmp_path: Path) -> None:
    """Neither SQLAlchemy nor our settings, whose imports take longer than the answer; pydantic is Typer's own.

    What is loaded at the end is all that was loaded before the first statement.
    """
    ledger_jobs.put()
    assert take("a test:1")
    assert keep_around()
    hands.run("UPDATE bellwork.snapshot SET every = 60")

    assert {"psycopg"} == ((HEAVY | GROUND | {"pydantic_settings"}) - {"pydantic"}) & modules(command, tmp_path)


def test_help_loads_nothing_that_it_does_not_tell(tmp_path: Path) -> None:
    """Neither a driver nor the settings, nor any command."""
    assert set() == (HEAVY | GROUND) & modules("--help", tmp_path)


def test_a_command_does_not_load_the_others(tmp_path: Path) -> None:
    """Each is in a file of its own."""
    loaded = modules("queues --help", tmp_path)

    assert "bellwork.ops.cli.queues" in loaded
    assert set() == {f"bellwork.ops.cli.{file}" for file in ("job_lists", "retention", "schedule", "stack")} & loaded


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_it_is_looked_for(name: str) -> None:
    """Its help tells what it does; the list of all commands holds its name and a line."""
    assert 0 == ask(name, "--help").code
    assert f"  {name} " in ask("--help").out


def modules(command: str, folder: Path) -> set[str]:
    """Return what is loaded when a command has ended."""
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *command.split()],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "typer" in loaded, done.stderr
    return loaded
