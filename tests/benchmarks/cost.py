"""What a job costs PostgreSQL besides CPU: log to write, commits to wait for, bytes while it waits and afterwards."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks import bellwork, laid_out
from tests.benchmarks.measure import wait_until
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from tests.benchmarks.arena import Arena
    from tests.benchmarks.bellwork import Bellwork
    from tests.benchmarks.section import Plan

HEADING = "What a job costs PostgreSQL besides CPU"
_COLUMNS = [
    "",
    "log bytes, enqueued",
    "log bytes, run",
    "commits",
    "bytes waiting: row",
    "indexes",
    "bytes finished: row",
    "index",
]
_NOTE = (
    "Jobs are sent in one transaction and then run; all figures are per job. Log is what PostgreSQL writes ahead, "
    "and what a standby receives; the row that is advanced is in it. A commit of one client waited {wait:,.0f} µs "
    "for this machine's disk (the middle one)."
)
_LOADS = {"nothing": "does nothing", "advance": "advances a row"}
_LOG = b"SELECT (pg_current_wal_insert_lsn() - '0/0')::int8"
_WAITING = b"SELECT pg_table_size('bellwork.jobs'), pg_indexes_size('bellwork.jobs')"
_FINISHED = b"""
SELECT sum(pg_table_size(relid))::int8, sum(pg_indexes_size(relid))::int8
FROM pg_partition_tree('bellwork.finished_jobs') WHERE isleaf
"""
# Each claim and each finish is a transaction, whose moment is in the rows that it wrote.
_COMMITS = b"""
SELECT count(DISTINCT claimed_at) + count(DISTINCT finished_at) FROM bellwork.finished_jobs WHERE actor = %s
"""


@dataclass(frozen=True)
class Cost:
    """Per job: bytes of log to enqueue and to run it, commits, bytes in table and indexes while waiting and after."""

    enqueued: float
    run: float
    commits: float
    waiting: float
    waiting_indexes: float
    finished: float
    finished_index: float


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure the costs, which do not vary enough for rounds."""
    count = plan.pick(quick=2_000, full=50_000)
    found: dict[str, Cost] = {}
    for lane in bellwork.lanes(arena):
        arena.empty(count)
        with lane.fleet(arena):
            found |= {f"{lane.name}, {what}": _cost(arena, lane, load, count) for load, what in _LOADS.items()}
    wait = _wait_for_the_disk(arena)
    table = [
        [name, *(f"{value:,.{0 if value > 9 else 2}f}" for value in asdict(cost).values())]
        for name, cost in found.items()
    ]
    values = {name: asdict(cost) for name, cost in found.items()} | {"a commit's wait for the disk, µs": wait}
    return Section("cost", HEADING, _COLUMNS, table, [_NOTE.format(wait=wait)], values)


def _cost(arena: Arena, lane: Bellwork, load: str, count: int) -> Cost:
    laid_out.lay(arena, lane, 0)
    log, history = _read(arena, _LOG), _read(arena, _FINISHED)
    lane.send(load, count)
    log += _read(arena, _LOG)
    waiting = _read(arena, _WAITING)
    laid_out.resume(lane)
    wait_until(lambda: lane.left() == 0)
    log += _read(arena, _LOG)
    after = _read(arena, _FINISHED)
    [commits] = _read(arena, _COMMITS, f"bench.{load}{lane.suffix}")
    grown = [late - early for early, late in zip(history, after, strict=True)]
    return Cost(*(each / count for each in (log[1] - log[0], log[2] - log[1], commits, *waiting, *grown)))


def _read(arena: Arena, question: bytes, *asked: str) -> list[int]:
    row = arena.conn.execute(question, asked).fetchone()
    assert row is not None
    return list(row)


def _wait_for_the_disk(arena: Arena) -> float:
    """Return the microseconds that a small commit takes longer when it waits for the disk."""
    taken: dict[str, list[float]] = {"on": [], "off": []}
    for _ in range(200):
        for setting, times in taken.items():
            arena.conn.execute(f"SET synchronous_commit = {setting}".encode())
            begin = time.perf_counter()
            arena.conn.execute(b"UPDATE bench_rows SET changed_at = now() WHERE id = 0")
            times.append((time.perf_counter() - begin) * 1e6)
    arena.conn.execute(b"RESET synchronous_commit")
    return median(taken["on"]) - median(taken["off"])
