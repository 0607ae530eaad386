"""One caller of each kind, in one database for a module that is emptied before each test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from bellwork.db.engine import transaction
from bellwork.db.ledger import register_actors
from tests.conftest import _fresh
from tests.door.callers import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack
    from tests.door.callers import Caller

EMPTY = "DELETE FROM bellwork.jobs; DELETE FROM bellwork.finished_jobs; DELETE FROM bellwork.actors"
_JOBS = "SELECT * FROM bellwork.jobs ORDER BY id"


@pytest.fixture(scope="module")
def module_database(stack: Stack, template: str) -> Iterator[str]:
    """A migrated database for a module."""
    yield from _fresh(stack, template)


@pytest.fixture
def emptied(module_database: str) -> str:
    """The module's database, with nobody's jobs, and the three actors of these tests."""
    with psycopg.connect(module_database, autocommit=True) as conn:
        conn.execute(EMPTY)
    with transaction() as conn:
        register_actors(
            conn,
            [
                {"name": name, "queue": "t.door", "priority": 3, "lane": "long", "callers": callers}
                for name, callers in (("t.door", "everyone"), ("t.inner", "internal"))
            ],
        )
    return module_database


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__.removeprefix("Of"))
def caller(emptied: str, request: pytest.FixtureRequest) -> Iterator[Caller]:
    """A caller of each kind."""
    made: Caller = request.param(emptied)
    yield made
    made.end()


@pytest.fixture
def jobs(emptied: str) -> Any:
    """Read the unfinished jobs, as they are committed, in their order."""

    def read(columns: str = "args") -> list[Any]:
        with psycopg.connect(emptied) as conn:
            rows = conn.execute(_JOBS.replace("*", columns).encode()).fetchall()
        return [row[0] if len(row) == 1 else row for row in rows]

    return read
