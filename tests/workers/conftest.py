"""Fixtures of the engine's tests: a ledger with a table for effects, and Dramatiq's clock for time limits."""

from __future__ import annotations

import pytest
from dramatiq.middleware import TimeLimit

from bellwork.workers import broker
from tests.workers import effects as table


@pytest.fixture
def effects(database: str) -> str:
    """A fresh database with the table of effects."""
    table.create()
    return database


@pytest.fixture(scope="session")
def time_limits() -> None:
    """Dramatiq's time limits at work, as in a worker process, but looked at more often than once a second."""
    [limits] = [middleware for middleware in broker.middleware if isinstance(middleware, TimeLimit)]
    vars(limits.manager)["interval"] = 0.05
    limits.manager.start()
