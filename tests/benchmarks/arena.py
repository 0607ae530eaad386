"""All contestants on the same two servers: PostgreSQL with fsync and synchronous_commit on, Valkey with appendonly."""

from __future__ import annotations

import importlib
import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import psutil
import psycopg

from bellwork.db import engine, migrate
from bellwork.ops import embedded
from bellwork.workers import due_set, top_up
from tests.benchmarks import rows
from tests.benchmarks.bellwork import lanes
from tests.benchmarks.marks import Marks
from tests.benchmarks.peer import peers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack
    from tests.benchmarks.contestant import Contestant


@dataclass
class Arena:
    """What a measurement needs: the servers and their processes, a connection to look with, and the contestants.

    `wanted` holds the keys of the measurements that were asked for, some of which share their runs (`shared`).
    """

    stack: Stack
    conn: psycopg.Connection[Any]
    place: Path
    wanted: frozenset[str]
    shared: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def servers(self) -> list[psutil.Process]:
        """PostgreSQL's first process and Valkey's."""
        return [psutil.Process(pid) for pid in (self.stack.postgres_pid, self.stack.redis_pid)]

    @cached_property
    def marks(self) -> Marks:
        """Where the jobs leave their marks."""
        return Marks(self.place / "marks")

    @cached_property
    def ours(self) -> Any:
        """Bellwork's actors."""
        return importlib.import_module("tests.benchmarks.ours")

    @cached_property
    def stock(self) -> Any:
        """Stock Dramatiq's actors, for a sender in this process."""
        return importlib.import_module("tests.benchmarks.stock")

    @cached_property
    def contestants(self) -> list[Contestant]:
        """Everybody, in the order of the tables."""
        return [*lanes(self), *peers(self)]

    @property
    def database_url(self) -> str:
        """PostgreSQL, as libpq and SQLAlchemy read it."""
        return self.stack.database_url

    @property
    def redis_url(self) -> str:
        """Valkey, as redis-py reads it."""
        return self.stack.redis_url

    def log(self, name: str) -> Path:
        """Say where something that is started writes what it has to say."""
        return self.place / f"{name}.log"

    def empty(self, count: int = 0) -> None:
        """Leave both servers without a job, and `count` rows at stage 0; only while no fleet runs."""
        due_set.client().flushall()
        rows.empty(self.conn)
        rows.lay_out(self.conn, count)

    def close(self) -> None:
        """Stop what was started for the contestants."""
        for contestant in self.__dict__.get("contestants", []):
            if not contestant.ours:
                contestant.close()
        if "stock" in self.__dict__:
            self.stock.pool.close()


@contextmanager
def open_arena(wanted: frozenset[str]) -> Iterator[Arena]:
    """Start durable servers in a new folder, and migrate."""
    with ExitStack() as opened:
        place = Path(opened.enter_context(TemporaryDirectory(prefix="bellwork-bench-", ignore_cleanup_errors=True)))
        place.chmod(0o711)
        stack = opened.enter_context(embedded.start(place / "servers", durable=True))
        opened.enter_context(_environment(stack, place))
        migrate.upgrade()
        conn = opened.enter_context(psycopg.connect(stack.database_url, autocommit=True))
        _insist_on_durability(conn)
        rows.create(conn)
        arena = Arena(stack, conn, place, wanted)
        opened.callback(arena.close)
        yield arena


@contextmanager
def _environment(stack: Stack, place: Path) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(DATABASE_URL=stack.database_url, REDIS_URL=stack.redis_url, BENCH_MARKS=str(place / "marks"))
    _forget()
    try:
        yield
    finally:
        _forget()
        os.environ.clear()
        os.environ.update(before)


def _forget() -> None:
    engine.forget()
    due_set.forget()
    top_up.forget()


def _insist_on_durability(conn: psycopg.Connection[Any]) -> None:
    for setting in ("fsync", "synchronous_commit"):
        row = conn.execute(f"SHOW {setting}".encode()).fetchone()
        assert row == ("on",), f"{setting} is {row!r}; a benchmark without it measures something else"
