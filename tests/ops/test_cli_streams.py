"""Wherever the answer goes, a command ends with a code and without a traceback: pipes, full disks, narrow terminals."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from tests.ops.command import environment

COMMAND = (sys.executable, "-m", "bellwork.ops.cli")
LIST, STATUS, JSON = ("jobs", "list"), ("status",), ("status", "--json")
#: What follows the command in a shell.
CLOSED = ["/bin/sh", "-c", 'exec "$0" "$@" >&-']
#: Locales that lack the characters of the job below.
NARROW = {
    "ascii": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
}


@pytest.fixture
def job(database: str) -> int:
    """A job with characters from everywhere."""
    del database
    with transaction() as conn:
        return ledger.enqueue(conn, [NewJob("a.job_with_a_long_name", {"x": "ü → \u4f60\u597d"})])[0].id


def start(words: tuple[str, ...], folder: Path, stdout: int, **extra: str) -> subprocess.Popen[str]:
    """Start a command with its answer going somewhere."""
    env = {**environment(), **extra}
    return subprocess.Popen([*COMMAND, *words], cwd=folder, env=env, stdout=stdout, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return the exit code and what was said on stderr, which is one line at most."""
    _, err = process.communicate(timeout=60)

    assert err.count("\n") <= 1, err
    return process.returncode, err


@pytest.mark.usefixtures("job")
@pytest.mark.parametrize("words", [LIST, STATUS, JSON], ids=" ".join)
def test_whoever_stops_reading_is_no_trouble(words: tuple[str, ...], tmp_path: Path) -> None:
    """`bellwork … | head` ends quietly with 1, whether the answer is a table, a sentence or JSON."""
    reader, writer = os.pipe()
    os.close(reader)
    process = start(words, tmp_path, writer)
    os.close(writer)

    assert (1, "") == ended(process)


@pytest.mark.usefixtures("job")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk to offer")
@pytest.mark.parametrize("words", [LIST, JSON], ids=" ".join)
def test_a_full_disk_is_told(words: tuple[str, ...], tmp_path: Path) -> None:
    """`bellwork … > file` without room is 1 and one line, not a cut file that looks whole."""
    with Path("/dev/full").open("w") as full:
        process = start(words, tmp_path, full.fileno())

    assert (1, "bellwork: the answer could not be written: No space left on device\n") == ended(process)


@pytest.mark.usefixtures("job")
@pytest.mark.parametrize("words", [LIST, JSON], ids=" ".join)
def test_a_closed_output_is_like_nobody_listening(words: tuple[str, ...], tmp_path: Path) -> None:
    """A service manager may close it; the command does its work all the same."""
    done = subprocess.run(
        [*CLOSED, *COMMAND, *words], cwd=tmp_path, env=environment(), capture_output=True, timeout=60, check=False
    )

    assert (2 if "status" in words else 0, b"", b"") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("locale", NARROW.values(), ids=NARROW)
def test_a_narrow_locale_spells_characters_out(job: int, locale: dict[str, str], tmp_path: Path) -> None:
    """What the terminal cannot show is shown as its number, and nothing is lost."""
    env = {**environment(), **locale}
    command = [*COMMAND, "jobs", "show", str(job)]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, timeout=60, check=False)

    assert (0, b"") == (done.returncode, done.stderr)
    assert b"\\u4f60\\u597d" in done.stdout


@pytest.mark.parametrize(("columns", "extra"), [(20, {}), (80, {"COLUMNS": "20"})], ids=["terminal", "COLUMNS"])
def test_a_terminal_of_20_columns_is_enough(job: int, columns: int, extra: dict[str, str], tmp_path: Path) -> None:
    """Sentences are left to the terminal to wrap, tables are folded, nothing is cut; NO_COLOR is without colours."""
    shown = on_a_terminal(("jobs", "show", str(job)), tmp_path, columns, NO_COLOR="1", **extra)
    sentence, *table = re.sub(r"\x1b\[\d*m", "", shown).splitlines()

    assert not re.search(r"\x1b\[[0-9;]*[34]\d", shown), "a colour"
    assert f"Job {job} of a.job_with_a_long_name on queue default: available" == sentence
    assert max(map(len, table)) <= 20
    assert all(word in "".join(table) for word in ("arguments", '{"x": "ü', "\u4f60\u597d", "priority", "finished"))


def test_a_dumb_terminal_gets_nothing_but_text(job: int, tmp_path: Path) -> None:
    """No colours, no bold, no cursor that moves."""
    assert "\x1b" not in on_a_terminal(("jobs", "show", str(job)), tmp_path, 80, TERM="dumb")


@pytest.mark.usefixtures("job")
def test_a_command_needs_no_terminal_and_no_input(tmp_path: Path) -> None:
    """From cron, with everything closed or redirected, the table is as wide as it has to be and has no escapes."""
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" "$@" <&-', *COMMAND, *LIST],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (0, b"") == (done.returncode, done.stderr)
    assert b"a.job_with_a_long_name" in done.stdout
    assert b"\x1b" not in done.stdout


def on_a_terminal(words: tuple[str, ...], folder: Path, columns: int, **extra: str) -> str:
    """Run a command on a terminal of so many columns and return what is on it."""
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = start(words, folder, theirs, **{"TERM": "xterm", "COLUMNS": "", **extra})
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # what Linux says at the end of a terminal
        while some := os.read(mine, 4096):
            shown += some
    os.close(mine)

    assert (0, "") == ended(process)
    return shown.decode().replace("\r\n", "\n")
