"""Fixtures: one embedded stack for a test process, a fresh migrated database for a test, cloned from a template."""

from __future__ import annotations

import signal
from pathlib import Path
from tempfile import mkdtemp
from time import time
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from bellwork.db import engine, migrate
from bellwork.ops import embedded
from bellwork.workers import bell, due_set, top_up
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack

TEMPLATE = "bellwork_template"
#: Seconds that a test may last, on a busy machine.
LASTS = 60

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell lets what runs in its background ignore Ctrl-C, and every process that a test starts would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A throw-away PostgreSQL and Valkey for this test process."""
    with embedded.start(Path(mkdtemp(prefix="bellwork-tests-")), durable=False) as started:
        yield started


@pytest.fixture(scope="session")
def template(stack: Stack) -> str:
    """A database at the newest revision, to be cloned."""
    _create(stack, TEMPLATE)
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
    name = f"test_{uuid4().hex}"
    _create(stack, name, template)
    with _environment(stack, name) as url:
        due_set.client().flushall()
        yield url
    _execute(stack, f'DROP DATABASE "{name}" WITH (FORCE)')


def _create(stack: Stack, name: str, template: str = "template1") -> None:
    _execute(stack, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')


def _execute(stack: Stack, statement: str) -> None:
    with psycopg.connect(stack.database_url, autocommit=True) as conn:
        conn.execute(statement.encode())


class _environment:  # noqa: N801 - it reads as a verb where it is used
    """The two URLs in the environment, with every cache that was made from others dropped before and after."""

    def __init__(self, stack: Stack, name: str) -> None:
        url = stack.database_url.replace("/bellwork?", f"/{name}?", 1)
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
