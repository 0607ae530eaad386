"""The jobs on PgQueuer: two processes of one QueueManager each, asyncpg and uvloop, batches of PGQUEUER_BATCH (10).

It is run by a runner of our own: `pgq run --log-level` of 1.6.0 stops with an AttributeError.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from functools import cache
from typing import Any

import asyncpg
import psycopg
import uvloop
from pgqueuer.db import SyncPsycopgDriver
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries, SyncQueries

from tests.benchmarks import rows
from tests.benchmarks.peers import product

BATCH = int(os.environ.get("PGQUEUER_BATCH", "10"))
_URL = os.environ["DATABASE_URL"]
_BULK = 1000


async def nothing(job: Any) -> None:
    """Do nothing."""
    (number,) = json.loads(job.payload)
    product.marked().done(number)


async def advance(job: Any) -> None:
    """Advance a row and enqueue the next stage in the row's transaction."""
    row, stage, stages = json.loads(job.payload)
    if stage + 1 < stages:
        async with product.async_pool().connection() as conn, conn.transaction():
            await conn.execute(rows.ADVANCE, (stage + 1, row, stage))
            following = json.dumps([row, stage + 1, stages]).encode()
            await Queries.from_psycopg_connection(conn).enqueue(_entrypoint("advance"), following)
    else:
        await product.async_advance(row, stage)
    product.through(row, stage, stages)


async def pick_up(job: Any) -> None:
    """Note how long it took until the job began."""
    began = time.time()
    number, sent = json.loads(job.payload)
    product.marked().note(number, began - sent)


def commands() -> list[list[str]]:
    """Start two processes; each may run twice its batch at once, the least that it allows."""
    return [[sys.executable, "-m", "tests.benchmarks.peers.on_pgqueuer"]] * 2


def prepare() -> None:
    """Make PgQueuer's tables, unless they are there."""
    asyncio.run(_install())


def send(job: str, calls: list[tuple[Any, ...]]) -> None:
    """Enqueue one job alone, many by the thousand."""
    queries = SyncQueries(SyncPsycopgDriver(_connection()))
    payloads: list[bytes | None] = [json.dumps(arguments).encode() for arguments in calls]
    for start in range(0, len(payloads), _BULK):
        some = payloads[start : start + _BULK]
        queries.enqueue([_entrypoint(job)] * len(some), some, [0] * len(some))


def left() -> int:
    """Count the jobs of the queue, whence they go when their end is logged."""
    row = _connection().execute("SELECT count(*) FROM pgqueuer").fetchone()
    return int(row[0]) if row else 0


async def work() -> None:
    """Run a QueueManager until the process is killed."""
    await product.async_pool().open()
    async with asyncpg.create_pool(_URL, min_size=2, max_size=8) as pool:
        manager = QueueManager(Queries.from_asyncpg_pool(pool))
        for job in (nothing, advance, pick_up):
            manager.entrypoint(_entrypoint(job.__name__))(job)
        product.announce()
        await manager.run(batch_size=BATCH, max_concurrent_tasks=2 * BATCH)


def _entrypoint(job: str) -> str:
    """Name a job for workers of this batch: fleets of both batches may be up side by side, on the same table."""
    return f"{job}_{BATCH}"


async def _install() -> None:
    connection = await asyncpg.connect(_URL)
    queries = Queries.from_asyncpg_connection(connection)
    if not await queries.schema_is_installed():
        await queries.install()
    await connection.close()


@cache
def _connection() -> psycopg.Connection[Any]:
    return psycopg.connect(_URL, autocommit=True)


if __name__ == "__main__":
    uvloop.run(work())
