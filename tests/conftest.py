"""Fixtures: one embedded stack for a test process, a fresh migrated database for a test, equal to a template."""

from __future__ import annotations

import atexit
import os
import signal
import tempfile
from functools import cache
from pathlib import Path
from shutil import disk_usage, rmtree
from tempfile import mkdtemp
from time import time
from typing import TYPE_CHECKING

import psutil
import pytest
import structlog
from hypothesis import HealthCheck, settings

from bellwork.db import engine, migrate
from bellwork.ops import embedded
from bellwork.workers import bell, due_set, rescue, top_up
from bellwork.workers.pace import RARELY, Pace
from tests.helpers import eventually
from tests.recycled import Databases, clone, disconnect, url_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack

TEMPLATE = "bellwork_template"
#: Seconds that a test may last, on a busy machine.
LASTS = 60
#: Tests that wait for processes or compute for long, by folder and file.
LONG = (
    *("browser", "faults", "ops", "soak", "stranger", "test_installed.py", "tasks/content/test_cold_request.py"),
    *("db/ledger/test_model.py", "db/test_adoption.py", "db/test_migrations.py", "tasks/tutoring/test_chain.py"),
)
#: They are begun in this part of a run, so that no process of pytest-xdist is left alone with them at the end.
BEGUN = 0.7
#: A file system in memory, and the bytes that have to be free, there and in all.
MEMORY, ROOM = Path("/dev/shm"), 10 * 2**30  # noqa: S108 - each makes a folder of its own there


def has_room() -> bool:
    """Tell whether the servers of four test processes fit into the memory."""
    return bool(min(disk_usage(MEMORY).free, psutil.virtual_memory().available) > ROOM)


if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and has_room():
    # Databases that come and go are thousands of files, which cost a disk more than all else that tests do.
    os.environ["TMPDIR"] = tempfile.tempdir = mkdtemp(prefix="b", dir=MEMORY)
    Path(tempfile.tempdir).chmod(0o755)  # PostgreSQL may run as another user
    atexit.register(rmtree, tempfile.tempdir, ignore_errors=True)

# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("bellwork", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bellwork")

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell lets what runs in its background ignore Ctrl-C, and every process that a test starts would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# structlog's own layout shows the variables of every frame of a traceback, which takes more time than most tests.
structlog.configure(
    [
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring files of LONG forward, among the others: what waits and what computes share the processors."""
    here = Path(__file__).parent
    files = list(dict.fromkeys(item.path for item in items))
    long = {path for path in files if any(path.is_relative_to(here / name) for name in LONG)}
    place = {path: number * (BEGUN if path in long else 1) for number, path in enumerate(files)}
    items.sort(key=lambda item: place[item.path])


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A throw-away PostgreSQL and Valkey for this test process."""
    with embedded.start(Path(mkdtemp(prefix="bellwork-tests-")), durable=False) as started:
        yield started
        disconnect(started)


@pytest.fixture(scope="session")
def template(stack: Stack) -> str:
    """A database at the newest revision, to be cloned."""
    clone(stack, TEMPLATE)
    with _environment(stack, TEMPLATE):
        migrate.upgrade()
    return TEMPLATE


@pytest.fixture
def database(stack: Stack, template: str) -> Iterator[str]:
    """A migrated database of the test's own; DATABASE_URL and REDIS_URL name it and an empty Valkey."""
    yield from _fresh(stack, template)


@pytest.fixture
def empty_database(stack: Stack) -> Iterator[str]:
    """A database of the test's own in which nothing was ever migrated."""
    yield from _fresh(stack, "template1")


@pytest.fixture
def full_hour() -> None:
    """An hour that does not turn while a test runs that reckons in full hours; waited for in the last minute of one."""
    eventually(lambda: time() % 3600 < 3600 - LASTS, LASTS + 1)


@pytest.fixture
def redis_url(stack: Stack, database: str) -> str:
    """The URL of the test's empty Valkey."""
    del database
    return stack.redis_url


def _fresh(stack: Stack, template: str) -> Iterator[str]:
    with _databases(stack, template).one() as name, _environment(stack, name) as url:
        due_set.client().flushall()
        yield url


@cache
def _databases(stack: Stack, template: str) -> Databases:
    return Databases(stack, template)


class _environment:  # noqa: N801 - it reads as a verb where it is used
    """The two URLs in the environment, with every cache that was made from others dropped before and after."""

    def __init__(self, stack: Stack, name: str) -> None:
        url = url_of(stack, name)
        self._urls = {"DATABASE_URL": url, "REDIS_URL": stack.redis_url, "STORAGE_URL": f"file://{mkdtemp()}"}
        # What fits no worker of a test is dead at once, unless the test says otherwise.
        self._urls["MISFIT_PATIENCE"] = "0"

    def __enter__(self) -> str:
        self._forget()
        self._patch = pytest.MonkeyPatch()
        for variable, value in self._urls.items():
            self._patch.setenv(variable, value)
        return self._urls["DATABASE_URL"]

    def __exit__(self, *_: object) -> None:
        self._forget()
        self._patch.undo()

    @staticmethod
    def _forget() -> None:
        bell.drain(5)
        engine.forget()
        due_set.forget()
        top_up.forget()
        rescue._contact, rescue._pace = rescue.Contact(), Pace(RARELY)
