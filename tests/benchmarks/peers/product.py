"""The product beside the peers' jobs: its row advanced, over a pool of eight connections, in threads or on asyncio."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import Any

from psycopg_pool import AsyncConnectionPool, ConnectionPool

from tests.benchmarks import marks, rows

#: What every worker process logs when it is up, in Dramatiq's words.
READY = "ready for action"

_OPTIONS: Any = {"min_size": 0, "max_size": 8, "kwargs": {"autocommit": True}}


@cache
def announce() -> None:
    """Log, once in a process, that its worker is up."""
    sys.stderr.write(f"{READY}\n")
    sys.stderr.flush()


@cache
def marked() -> marks.Marks:
    """Open the file of marks, once in a process."""
    return marks.mine()


@cache
def pool() -> ConnectionPool[Any]:
    """Open the pool of a process with threads."""
    return ConnectionPool(os.environ["DATABASE_URL"], **_OPTIONS, open=True)


@cache
def async_pool() -> AsyncConnectionPool[Any]:
    """Make the pool of a process on asyncio, which is to open it when its loop runs."""
    return AsyncConnectionPool(os.environ["DATABASE_URL"], **_OPTIONS, open=False)


def advance(row: int, stage: int) -> None:
    """Advance a row by one stage and commit."""
    with pool().connection() as conn:
        conn.execute(rows.ADVANCE, (stage + 1, row, stage))


async def async_advance(row: int, stage: int) -> None:
    """Advance a row by one stage and commit, on asyncio."""
    async with async_pool().connection() as conn:
        await conn.execute(rows.ADVANCE, (stage + 1, row, stage))


def through(row: int, stage: int, stages: int) -> None:
    """Mark that this stage of the row is through."""
    marked().done(row * stages + stage)
