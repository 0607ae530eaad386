"""Many jobs at once: in one transaction, by one SQL call, by COPY, and in stock Dramatiq's loop of sends."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

import psutil

from tests.benchmarks import fleet, rows
from tests.benchmarks.measure import interleaved, ratio, spread
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

    Act = Callable[[Arena, int], None]

HEADING = "Enqueueing many jobs at once"
_COLUMNS = ["", "jobs/s", "times", "CPU µs a job", "times"]
_OF_COPY = "A COPY names the queue itself, and fails as a whole where a unique_key is taken."
_COPY = b"COPY bellwork.jobs (actor, queue, args) FROM STDIN"


@dataclass(frozen=True)
class Enqueued:
    """One bulk enqueue: jobs a second, and microseconds of CPU a job in the sender and both servers."""

    rate: float
    cpu: float


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure w6."""
    count = plan.pick(quick=5_000, full=50_000)
    runs = interleaved({name: partial(_timed, arena, count, act) for name, act in _WAYS.items()}, plan.rounds)
    base = runs[next(iter(_WAYS))]
    table = [_row(name, found, base) for name, found in runs.items()]
    note = f"One client enqueues {count:,} jobs; when the clock stops, all of them stand in the ledger. {_OF_COPY}"
    return Section(
        "w6", HEADING, _COLUMNS, table, [note], {name: [*map(asdict, found)] for name, found in runs.items()}
    )


def stock_loop(arena: Arena, count: int) -> None:
    """Send one message after the other to stock Dramatiq, which has no other way."""
    arena.stock.send_all(arena.stock.nothing, [(number,) for number in range(count)])


def one_transaction(arena: Arena, count: int) -> None:
    """Send in one transaction: gathered, and inserted by one statement."""
    arena.ours.send_all(arena.ours.nothing, [(number,) for number in range(count)])


def enqueue_many(arena: Arena, count: int) -> None:
    """Call bellwork.enqueue_many once."""
    jobs = json.dumps([{"actor": "bench.nothing", "args": {"number": number}} for number in range(count)])
    arena.conn.execute(b"SELECT bellwork.enqueue_many(%s)", (jobs,))


def copy(arena: Arena, count: int) -> None:
    """Copy rows into the table of jobs, as whoever owns it may."""
    with arena.conn.cursor() as cursor, cursor.copy(_COPY) as into:
        for number in range(count):
            into.write_row(("bench.nothing", arena.ours.LONG, json.dumps({"number": number})))


_WAYS: dict[str, Act] = {
    "Dramatiq, a loop of sends": stock_loop,
    "Bellwork, sends in one transaction": one_transaction,
    "Bellwork, bellwork.enqueue_many()": enqueue_many,
    "Bellwork, COPY into bellwork.jobs": copy,
}


def _timed(arena: Arena, count: int, act: Act) -> Enqueued:
    arena.empty()
    this = psutil.Process(os.getpid())
    cpu, begin = _cpu(arena, this), time.monotonic()
    act(arena, count)
    seconds, spent = time.monotonic() - begin, _cpu(arena, this) - cpu
    enqueued = arena.stock.unfinished() + rows.unfinished(arena.conn)
    assert count == enqueued, f"{count} jobs were to be enqueued, {enqueued} are"
    return Enqueued(count / seconds, spent / count * 1e6)


def _cpu(arena: Arena, this: psutil.Process) -> float:
    """Take this process alone: the servers' supervisor is its child, and the servers are counted themselves."""
    times = this.cpu_times()
    return float(times.user + times.system) + fleet.cpu_seconds(*arena.servers)


def _row(name: str, runs: list[Enqueued], base: list[Enqueued]) -> list[str]:
    rates, cpus = [run.rate for run in runs], [run.cpu for run in runs]
    times = ratio(rates, [run.rate for run in base]), ratio(cpus, [run.cpu for run in base])
    return [name, spread(rates), times[0], spread(cpus), times[1]]
