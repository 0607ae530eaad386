"""A backlog that one statement lays into the ledger, and how a fleet works it off by the ledger's own clock."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.workers.top_up import top_up
from tests.benchmarks.fleet import cpu_seconds
from tests.benchmarks.marks import MARKS
from tests.benchmarks.measure import wait_until

if TYPE_CHECKING:
    from tests.benchmarks.arena import Arena
    from tests.benchmarks.bellwork import Bellwork
    from tests.benchmarks.fleet import Fleet

#: Urgent jobs overtake the backlog; one is sent every so many seconds, to see how long it waits.
APART = 0.05
#: No scheduler runs beside the benchmark's fleets: its duty of filling the due set is done here, as often (seconds).
TOP_UP = 0.2
#: A backlog that takes longer is left at that, in seconds.
PATIENCE = 30.0
URGENT = -10
_SLICES = 5
#: By their ids, which leaves out the dead rows of long ago: all, or as many as a run may have laid out.
_RUNNING = b"""
SELECT FROM bellwork.jobs WHERE state = 'running' AND id > (SELECT last_value FROM bellwork.jobs_id_seq) - %s LIMIT 1
"""
_RECENT, _ALL = 1_000_000, 1 << 40
_LAY = b"""
INSERT INTO bellwork.jobs (actor, queue, args)
SELECT %s, %s, jsonb_build_object('number', n %% %s) FROM generate_series(0, %s - 1) n
"""
#: The id below the backlog's first, for nothing else was enqueued since it was laid out.
_BEFORE = b"SELECT last_value - %s FROM bellwork.jobs_id_seq"
_FINISHED = b"SELECT count(*) FROM bellwork.finished_jobs WHERE id > %s"
_CLOCK = b"""
WITH finished AS MATERIALIZED (
    SELECT extract(epoch FROM finished_at)::float8 AS at FROM bellwork.finished_jobs WHERE id > %s),
span AS (SELECT min(at) AS low, max(at) AS high FROM finished)
SELECT high - low, least(width_bucket(at, low, high + 1e-6, %s), %s), count(*)
FROM finished, span WHERE at > low GROUP BY 1, 2 ORDER BY 2
"""


@dataclass(frozen=True)
class Drained:
    """What a fleet made of a backlog: rates are jobs a second, CPU is microseconds a job, `urgent` is milliseconds.

    `first` and `last` are the rates of the first and the last fifth of the time.
    """

    rate: float
    first: float
    last: float
    workers: float
    postgres: float
    valkey: float
    urgent: list[float] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """All microseconds of CPU a job."""
        return self.workers + self.postgres + self.valkey


def lay(arena: Arena, lane: Bellwork, count: int, *, fresh: bool = True) -> None:
    """Lay `count` jobs that do nothing into the ledger of a lane, whose queue is paused from now on; no bell rings.

    The table of jobs begins empty, or as it was left, with all the dead rows of the jobs before.
    """
    _pause(lane)
    wait_until(lambda: not arena.conn.execute(_RUNNING, (_ALL if fresh else _RECENT,)).fetchone())
    if fresh:
        arena.conn.execute(b"TRUNCATE bellwork.jobs")
    arena.marks.clear(min(count, MARKS))
    arena.conn.execute(_LAY, (f"bench.nothing{lane.suffix}", lane.queue, MARKS, count))


def resume(lane: Bellwork) -> None:
    """Let the queue of a lane go on."""
    with transaction() as conn:
        ledger.resume(conn, lane.queue, "ann", "it may go on")


def work_off(arena: Arena, fleet: Fleet, lane: Bellwork, count: int, *, urgent: bool = False) -> Drained:
    """Let the fleet work off what was laid out, to its end or for PATIENCE seconds; the ledger says how fast it was.

    With `urgent`, jobs that overtake the backlog are sent all the while. Raises AssertionError where nothing is done.
    """
    before = _number(arena, _BEFORE, count)
    cpu = _cpu(arena, fleet)
    resume(lane)
    waited = _watch(arena, lane, count, before, urgent=urgent)
    spent = [after - early for after, early in zip(_cpu(arena, fleet), cpu, strict=True)]
    return _by_the_clock(arena, before, spent, waited)


def _cpu(arena: Arena, fleet: Fleet) -> list[float]:
    return [fleet.cpu(), *map(cpu_seconds, arena.servers)]


def _watch(arena: Arena, lane: Bellwork, count: int, before: int, *, urgent: bool) -> list[float]:
    """Wait until all marks are set and the ledger is empty, or the time is up and the queue is paused again."""
    begin, sent, topped = time.monotonic(), 0, float("-inf")
    while arena.marks.count(min(count, MARKS)) < count and time.monotonic() < begin + PATIENCE:
        if time.monotonic() > topped + TOP_UP:
            top_up()
            topped = time.monotonic()
        if urgent and time.monotonic() > begin + sent * APART:
            _overtake(arena, lane, sent)
            sent += 1
        time.sleep(APART / 5)
    if arena.marks.count(min(count, MARKS)) == count:
        # Counted in the history: whatever counts among the jobs walks over all that are gone.
        wait_until(lambda: _number(arena, _FINISHED, before) == count + sent)
    else:
        _pause(lane)
    return [seconds * 1000 for seconds in arena.marks.notes(sent)]


def _overtake(arena: Arena, lane: Bellwork, number: int) -> None:
    actor = getattr(arena.ours, f"pick_up{lane.suffix}")
    actor.send_with_options(args=(number, time.time()), priority=URGENT)


def _pause(lane: Bellwork) -> None:
    with transaction() as conn:
        ledger.pause(conn, lane.queue, "bench", "it is being filled, or its time is up")


def _number(arena: Arena, question: bytes, asked: int) -> int:
    row = arena.conn.execute(question, (asked,)).fetchone()
    assert row is not None
    return int(row[0])


def _by_the_clock(arena: Arena, before: int, spent: list[float], urgent: list[float]) -> Drained:
    slices = arena.conn.execute(_CLOCK, (before, _SLICES, _SLICES)).fetchall()
    assert slices, "the fleet finished nothing, or everything at the same moment"
    seconds, jobs = slices[0][0], sum(row[2] for row in slices)
    first, last = (row[2] * _SLICES / seconds for row in (slices[0], slices[-1]))
    workers, postgres, valkey = (each / jobs * 1e6 for each in spent)
    return Drained(jobs / seconds, first, last, workers, postgres, valkey, urgent)
