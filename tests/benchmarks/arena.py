"""Both sides on the same two servers: PostgreSQL with fsync and synchronous_commit on, Valkey with appendonly."""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
import pytest

from db import engine, migrate
from ops import embedded
from tests.benchmarks import rows
from workers import due_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.embedded import Stack


@dataclass
class Arena:
    """What a measurement needs: both modules of actors, a connection to look with, and the servers' processes."""

    ours: Any
    stock: Any
    conn: psycopg.Connection[Any]
    servers: list[psutil.Process]
    log: Path

    def empty(self, count: int = 0) -> None:
        """Leave both servers without a job, and `count` rows at stage 0."""
        due_set.client().flushall()
        rows.empty(self.conn, count)

    def stock_unfinished(self) -> int:
        """Count stock Dramatiq's unfinished messages of the no-op queue."""
        return int(due_set.client().hlen("dramatiq:bench_nothing.msgs"))


@contextmanager
def open_arena() -> Iterator[Arena]:
    """Start durable servers, migrate, and import both modules of actors."""
    place = Path(mkdtemp(prefix="bellwork-bench-"))
    with embedded.start(place, durable=True) as stack, _environment(stack):
        migrate.upgrade()
        rows.create(stack.database_url)
        servers = [psutil.Process(pid) for pid in (stack.postgres_pid, stack.redis_pid)]
        with psycopg.connect(stack.database_url, autocommit=True) as conn:
            _insist_on_durability(conn)
            ours = importlib.import_module("tests.benchmarks.ours")
            stock = importlib.import_module("tests.benchmarks.stock")
            yield Arena(ours, stock, conn, servers, place / "fleet.log")
            stock.pool.close()


@contextmanager
def _environment(stack: Stack) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        _forget()
        patch.setenv("DATABASE_URL", stack.database_url)
        patch.setenv("REDIS_URL", stack.redis_url)
        yield
        _forget()


def _forget() -> None:
    engine.forget()
    due_set.forget()


def _insist_on_durability(conn: psycopg.Connection[Any]) -> None:
    for setting in ("fsync", "synchronous_commit"):
        row = conn.execute(f"SHOW {setting}".encode()).fetchone()
        assert row == ("on",), f"{setting} is {row!r}; a benchmark without it measures something else"
