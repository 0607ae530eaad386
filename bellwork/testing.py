"""A plugin of pytest for tests of your actors: `pytest_plugins = ["bellwork.testing"]` in your conftest.

Asked for is DATABASE_URL alone, of a PostgreSQL where its role may create databases; nothing is written to the database
that it names. Redis is not needed.

bellwork_database   URL of a migrated database, made for this run and emptied of jobs and letters before each test
bellwork_jobs       the same, to run, drain and look at jobs: `run`, `run_due`, `drain`, `enqueued`, `assert_enqueued`
bellwork_offline    no database at all: sends are recorded in `.sent`, and `.run(actor, …)` runs an actor inline
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dramatiq.actor import Actor

    from bellwork.workers.offline import Offline

#: Where no Redis listens: what is announced there is lost, and nothing waits for it.
_NO_REDIS = "unix:///nonexistent/bellwork-testing.sock?db=0"


class Jobs:
    """The jobs of a test's database; each verb is that of `bellwork.workers.testing`."""

    def run(self, actor: Actor[Any, Any], **args: Any) -> dict[str, Any]:
        """Enqueue a job and run it at once, with every rule of the engine; returns its row afterwards."""
        from bellwork.workers import testing  # noqa: PLC0415 - a test that is offline loads no more than it needs

        return testing.run_inline(actor, **args)

    def drain(self, *queues: str, later: bool = False, most: int = 1_000) -> int:
        """Run what is due until nothing is, with `later` also what waits for its time; returns how many ran."""
        from bellwork.workers import testing  # noqa: PLC0415 - as above

        return testing.drain(*queues, later=later, most=most)

    def enqueued(self, actor_name: str | None = None) -> list[dict[str, Any]]:
        """List the unfinished jobs (of one actor), the oldest first."""
        from bellwork.workers import testing  # noqa: PLC0415 - as above

        return testing.enqueued(actor_name)

    def assert_enqueued(self, actor_name: str, **args: Any) -> dict[str, Any]:
        """Return the one unfinished job of this actor whose arguments include `args`; else raises AssertionError."""
        from bellwork.workers import testing  # noqa: PLC0415 - as above

        return testing.assert_enqueued(actor_name, **args)


@pytest.fixture(scope="session")
def bellwork_url() -> Iterator[str]:
    """A migrated database for this run, which DATABASE_URL names meanwhile; dropped at its end."""
    from bellwork.db import engine, migrate, scratch  # noqa: PLC0415 - only where a database is asked for

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REDIS_URL", os.environ.get("REDIS_URL") or _NO_REDIS)
        engine.forget()
        url = scratch.create()
        try:
            with pytest.MonkeyPatch.context() as own:
                own.setenv("DATABASE_URL", url)
                engine.forget()
                migrate.upgrade()
                yield url
        finally:
            engine.forget()
            scratch.drop(url)
    engine.forget()


@pytest.fixture
def bellwork_database(bellwork_url: str) -> str:
    """The URL of a migrated database that holds no job, worker, actor or letter."""
    from bellwork.db import scratch  # noqa: PLC0415 - as above

    scratch.empty()
    return bellwork_url


@pytest.fixture
def bellwork_jobs(bellwork_database: str) -> Jobs:
    """The jobs of the test's database."""
    del bellwork_database
    return Jobs()


@pytest.fixture
def bellwork_offline() -> Iterator[Offline]:
    """A world without a database."""
    from bellwork.workers.offline import Offline  # noqa: PLC0415 - as above

    with Offline() as offline:
        yield offline
