"""A password that stands in a setting stands in nothing that any program says, whatever is wrong with the setting."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import forget
from bellwork.workers import due_set
from tests.ops.command import environment
from tests.ops.desk import ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "s3cr3t"
NOBODY = "127.0.0.1:1"
#: Settings with a secret in them, of servers that are not there.
AWAY = {
    "DATABASE_URL": f"postgresql://user:{SECRET}@{NOBODY}/name",
    "REDIS_URL": f"redis://user:{SECRET}@{NOBODY}/0",
    "SMTP_URL": f"smtp://user:{SECRET}@{NOBODY}?tls=none",
    "STORAGE_URL": f"s3://bucket/prefix?endpoint=http://{NOBODY}&access_key_id=id&secret_access_key={SECRET}",
    "LLM_BASE_URL": f"http://user:{SECRET}@{NOBODY}/v1",
    "LLM_API_KEY": SECRET,
}
IN_PARAMETERS = {"DATABASE_URL": f"postgresql://user@{NOBODY}/name?password={SECRET}"}
PROGRAMS = {
    "worker": ("dramatiq", "bellwork.workers.main", "--processes", "1", "--threads", "1"),
    "scheduler": ("bellwork.scheduler",),
}


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The settings of servers that are not there."""
    for name, value in AWAY.items():
        monkeypatch.setenv(name, value)
    _forget()
    yield monkeypatch
    _forget()


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize(
    "words", [("status",), ("jobs", "list"), ("migrate",), ("doctor",), ("doctor", "--json")], ids=" ".join
)
def test_no_command_says_it_when_the_servers_are_away(words: tuple[str, ...]) -> None:
    """What cannot be reached is named without what opens it."""
    answer = ask(*words)

    assert (3 if words == ("status",) else 1) == answer.code
    assert "DATABASE_URL" in answer.out + answer.err
    assert SECRET not in answer.out + answer.err


def test_a_password_among_the_parameters_is_masked_too(away: pytest.MonkeyPatch) -> None:
    """PostgreSQL's library takes it there, so people put it there."""
    away.setenv(*next(iter(IN_PARAMETERS.items())))
    answer = ask("status")

    assert f"{NOBODY}/name" in answer.err
    assert SECRET not in answer.err


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("settings", [{}, IN_PARAMETERS], ids=["away", "in parameters"])
def test_no_program_says_it_at_its_start(program: str, settings: dict[str, str], tmp_path: Path) -> None:
    """Neither on standard output nor in a log."""
    said = subprocess.run(
        [sys.executable, "-m", *PROGRAMS[program]],
        cwd=tmp_path,
        env={**environment(), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert 1 == said.returncode
    assert "DATABASE_URL names a server that cannot be used" in said.stderr
    assert SECRET not in said.stdout + said.stderr


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("name", ["REDIS_URL", "STORAGE_URL", "SMTP_URL", "LLM_BASE_URL"])
def test_the_doctor_names_what_is_wrong_and_not_how_to_get_in(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With PostgreSQL there, each of the others is examined."""
    monkeypatch.setenv(name, AWAY[name])
    _forget()
    answer = ask("doctor")

    assert SECRET not in answer.out + answer.err
    assert "postgresql" in answer.out


@pytest.mark.usefixtures("away")
def test_an_error_that_nobody_foresaw_says_neither_secrets_nor_values(tmp_path: Path) -> None:
    """Its traceback is for whoever mends it."""
    program = f"""
from bellwork.ops.cli import app
@app.app.command()
def boom():
    raise ValueError("{SECRET} of anna@school.example\\nDETAIL:  Key (name)=(Anna) exists.")
app.main()
"""
    said = subprocess.run(
        [sys.executable, "-c", program, "boom"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert 1 == said.returncode
    assert "ValueError: *** of ***@school.example\n" in said.stderr


@pytest.mark.usefixtures("database")
def test_a_kind_of_storage_that_there_is_not_is_named_without_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip in the scheme must not print the rest."""
    monkeypatch.setenv("STORAGE_URL", f"s4://bucket?secret_access_key={SECRET}")
    _forget()
    answer = ask("doctor")

    assert "storage" in answer.out
    assert SECRET not in answer.out + answer.err


def _forget() -> None:
    forget()
    due_set.forget()
