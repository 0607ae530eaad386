"""Ten thousand jobs at once: in one transaction, by one SQL call, and in stock Dramatiq's loop of sends."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from tests.benchmarks import fleet
from tests.benchmarks.rows import unfinished

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.arena import Arena


@dataclass(frozen=True)
class Enqueued:
    """One bulk enqueue: jobs a second, and microseconds of CPU a job in the sender and both servers."""

    rate: float
    cpu: float


def one_transaction(arena: Arena, count: int) -> Enqueued:
    """Send in one transaction; all of them are in the ledger when it has committed."""
    calls = [{"number": number} for number in range(count)]
    enqueued = _timed(arena, count, lambda: arena.ours.send_all(arena.ours.nothing, calls))
    assert count == unfinished(arena.conn)
    return enqueued


def enqueue_many(arena: Arena, count: int) -> Enqueued:
    """Call bellwork.enqueue_many once."""
    jobs = json.dumps([{"actor": "bench.nothing", "args": {"number": number}} for number in range(count)])
    enqueued = _timed(arena, count, lambda: arena.conn.execute("SELECT bellwork.enqueue_many(%s)", (jobs,)))
    assert count == unfinished(arena.conn)
    return enqueued


def stock_loop(arena: Arena, count: int) -> Enqueued:
    """Send one message after the other to stock Dramatiq."""
    calls = [{"number": number} for number in range(count)]
    enqueued = _timed(arena, count, lambda: arena.stock.send_all(arena.stock.nothing, calls))
    assert count == arena.stock_unfinished()
    return enqueued


def _timed(arena: Arena, count: int, act: Callable[[], object]) -> Enqueued:
    arena.empty()
    this = psutil.Process(os.getpid())
    cpu, begin = _cpu(arena, this), time.monotonic()
    act()
    seconds = time.monotonic() - begin
    return Enqueued(count / seconds, (_cpu(arena, this) - cpu) / count * 1e6)


def _cpu(arena: Arena, this: psutil.Process) -> float:
    """Take this process alone: the servers' supervisor is its child, and the servers are counted themselves."""
    times = this.cpu_times()
    return float(times.user + times.system) + fleet.cpu_seconds(*arena.servers)
