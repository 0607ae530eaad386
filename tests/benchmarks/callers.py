"""The section of what callers of SQL wait: from their COMMIT to the first line of the job, with one scheduler."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from random import Random
from typing import TYPE_CHECKING

import psycopg

from bellwork.db.engine import transaction
from tests.benchmarks import bellwork
from tests.benchmarks.fleet import ROOT, Command, Fleet, running
from tests.benchmarks.measure import percentile, say, wait_until
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "From a caller's COMMIT in SQL to the first line of the job"
_COLUMNS = ["", "jobs", "p50 ms", "p99 ms", "longest ms", "scheduler, % of a core"]
_NOTE = (
    "Each job is `BEGIN; SELECT bellwork.enqueue(…); COMMIT`, at instants drawn by chance, and the clock begins before "
    "the COMMIT; a `send()`, in a transaction(), tells Valkey by itself. One scheduler hears callers, and looks five "
    "times a second besides."
)
#: Transactions a second, with how many jobs a quick and a full run enqueue.
RATES = {1: (10, 40), 20: (100, 600), 200: (600, 4_000)}
#: Connections that call from SQL; none is `send()`.
WAYS = {"send()": 0, "one connection": 1, "four connections": 4}
_ENQUEUE = b"SELECT bellwork.enqueue('bench.due', jsonb_build_object('number', %s::int))"


@dataclass(frozen=True)
class Waited:
    """Milliseconds of each job, and the scheduler's share of a core meanwhile."""

    ms: list[float]
    scheduler: float


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure callers: few and many, on one connection and on several."""
    arena.empty()
    found: dict[str, Waited] = {}
    with bellwork.fleet(arena, [arena.ours.LONG]), running_scheduler(arena) as scheduler:
        _waited(arena, scheduler, 10, 10, 0)
        for rate, (quick, full) in RATES.items():
            for way, connections in WAYS.items():
                say(f"callers: {rate} a second, {way}")
                count = plan.pick(quick=quick, full=full)
                found[f"{rate} a second, {way}"] = _waited(arena, scheduler, rate, count, connections)
    return _section(found)


@contextmanager
def running_scheduler(arena: Arena) -> Iterator[Fleet]:
    """Run a scheduler for the length of the block."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SYSTEMS": "none", "WORK_MODULES": "tests.benchmarks.ours"}
    command = Command([[sys.executable, "-m", "bellwork.scheduler"]], environment, "scheduler runs", 1)
    with running(command, arena.log("scheduler")) as scheduler:
        yield scheduler


def _waited(arena: Arena, scheduler: Fleet, rate: int, count: int, connections: int) -> Waited:
    arena.marks.clear(count)
    cpu, began = scheduler.cpu(), time.monotonic()
    if connections:
        with ThreadPoolExecutor(connections) as callers:
            parts = callers.map(
                lambda first: _calls(arena, range(first, count, connections), rate / connections), range(connections)
            )
            committed = {number: moment for part in parts for number, moment in part.items()}
    else:
        committed = _sends(arena, range(count), rate)
    share = 100 * (scheduler.cpu() - cpu) / (time.monotonic() - began)
    wait_until(lambda: len(arena.marks.notes(count)) == count, lambda: "a caller's job never ran")
    return Waited([1000 * (begun - committed[n]) for n, begun in enumerate(arena.marks.notes(count))], share)


def _calls(arena: Arena, numbers: range, rate: float) -> dict[int, float]:
    """Enqueue these jobs on a connection, so many a second; returns when each COMMIT began."""
    moments = {}
    with psycopg.connect(arena.database_url, autocommit=True) as conn:
        for number in paced(numbers, rate):
            with conn.transaction():
                conn.execute(_ENQUEUE, (number,))
                moments[number] = time.time()
    return moments


def _sends(arena: Arena, numbers: range, rate: float) -> dict[int, float]:
    moments = {}
    for number in paced(numbers, rate):
        with transaction():
            arena.ours.due.send(number)
            moments[number] = time.time()
    return moments


def paced(numbers: range, rate: float) -> Iterator[int]:
    """Yield each number at an instant drawn by chance, so many a second."""
    dice, due = Random(numbers.start), time.monotonic()  # noqa: S311 - the same again
    for number in numbers:
        due += dice.expovariate(rate)
        time.sleep(max(0.0, due - time.monotonic()))
        yield number


def _section(found: dict[str, Waited]) -> Section:
    rows = [
        [
            name,
            str(len(each.ms)),
            *(f"{percentile(each.ms, share):,.1f}" for share in (0.5, 0.99, 1)),
            f"{each.scheduler:.1f}",
        ]
        for name, each in found.items()
    ]
    return Section("callers", HEADING, _COLUMNS, rows, [_NOTE], {name: asdict(each) for name, each in found.items()})
