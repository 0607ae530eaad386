"""A database that knows the stranger's system."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bellwork.db import engine, migrate
from tests.stranger.place import SITE

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def installed(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The system is found here and in every child process, and the database has yet to hear of it."""
    monkeypatch.syspath_prepend(SITE)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(SITE), os.environ.get("PYTHONPATH")])))
    engine.forget()
    yield database
    engine.forget()


@pytest.fixture
def library(installed: str) -> str:
    """The system, with its tables."""
    migrate.upgrade()
    return installed
