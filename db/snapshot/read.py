"""Reads the snapshot and its series: a few short rows, whatever stands in the ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from psycopg import Connection as Driver

#: A snapshot is stale that is older than this (seconds), or than three of the pauses between two.
STALE, PAUSES = 10.0, 3

_HEADER = b"""
SELECT at, extract(epoch FROM now() - at)::float8, every, took, taken_by, workers, silent_workers, unknown_actors,
       unheard_queues, fleet, around
FROM bellwork.snapshot WHERE seen IS NOT NULL
"""
# Pauses and limits are asked for where they stand, so that they are seen at once.
_QUEUES = b"""
SELECT coalesce(f.queue, p.name), coalesce(ready, 0),
       coalesce(extract(epoch FROM now() - oldest_ready_at)::float8, 0), coalesce(scheduled, 0), coalesce(running, 0),
       coalesce(retrying, 0), coalesce(dead_24h, 0), coalesce(workers, 0),
       coalesce(in_rate, 0), coalesce(out_rate, 0), coalesce(failed_rate, 0), wait_p50, wait_p95, run_p50, run_p95,
       coalesce(enqueued_total, 0), coalesce(done_total, 0), coalesce(dead_total, 0), coalesce(cancelled_total, 0),
       coalesce(failed_total, 0), coalesce(wait_seconds, 0), coalesce(run_seconds, 0), coalesce(waits, '{}'),
       coalesce(runs, '{}'), p.paused_at, p.paused_by, p.reason, p.paused_until, p.at_once, p.limited_by, p.limit_reason
FROM bellwork.queue_figures f
FULL JOIN (SELECT * FROM bellwork.queues WHERE paused_at IS NOT NULL OR at_once IS NOT NULL) p ON p.name = f.queue
ORDER BY 1
"""
_ACTORS = b"""
SELECT queue, actor, unfinished, enqueued_total, done_total, dead_total, cancelled_total, failed_total
FROM bellwork.actor_figures ORDER BY queue, actor
"""
_POINTS = b"""
SELECT at, seconds, ready, oldest_ready_seconds, scheduled, running, retrying, workers, enqueued, done, dead, cancelled,
       failed, wait_p50, wait_p95, run_p50, run_p95
FROM bellwork.%b WHERE queue = %%s AND at > %%s ORDER BY at
"""
_LINES = b"""
SELECT queue, %(minutes)s - (extract(epoch FROM over.until - m.at) / 60)::int, ready, done + dead + cancelled
FROM (SELECT greatest(minutes_until, date_trunc('minute', now()) - interval '2 minutes')
      FROM bellwork.snapshot) over(until), bellwork.queue_minutes m
WHERE queue = ANY(%(queues)s) AND m.at > now() - make_interval(mins => %(minutes)s + 3)
    AND m.at >= over.until - make_interval(mins => %(minutes)s) AND m.at < over.until
"""
_NEXT_TICKS = b"""
SELECT key, extract(epoch FROM next_tick)::float8 FROM bellwork.entries WHERE retired_at IS NULL AND paused_at IS NULL
ORDER BY key
"""
_SINCE = b"SELECT now() - make_interval(secs => %s)"


@dataclass(frozen=True)
class QueueSnapshot:
    """One queue at the moment of the snapshot. Rates are a second, of about the last ten; times are in seconds.

    `ready` jobs are due, whether a live worker knows them or not; `oldest_ready_seconds` is how long the oldest has
    been, 0 without any. `retrying` ones failed and wait for another try, due or not. `dead_24h` died in the last 24
    hours (up to 10,000 of all queues). Waits (due to claimed) and runs (claimed to finished) are quantiles of about
    the last minute, None where nothing was finished then. Totals count from the first snapshot on; `waits` and `runs`
    are counts by bucket (`buckets.BOUNDS`), the last one of what is longer. `at_once` is its limit, if it has one.
    """

    queue: str
    ready: int
    oldest_ready_seconds: float
    scheduled: int
    running: int
    retrying: int
    dead_24h: int
    workers: int
    in_rate: float
    out_rate: float
    failed_rate: float
    wait_p50: float | None
    wait_p95: float | None
    run_p50: float | None
    run_p95: float | None
    enqueued_total: int
    done_total: int
    dead_total: int
    cancelled_total: int
    failed_total: int
    wait_seconds: float
    run_seconds: float
    waits: Sequence[int]
    runs: Sequence[int]
    paused_at: datetime | None
    paused_by: str | None
    pause_reason: str | None
    paused_until: datetime | None = None
    at_once: int | None = None
    limited_by: str | None = None
    limit_reason: str | None = None

    @property
    def drain_seconds(self) -> float | None:
        """Return in how many seconds no job is ready if rates stay as they are; None where that never comes."""
        if not self.ready:
            return 0.0
        if self.paused_at or self.out_rate <= self.in_rate:
            return None
        return self.ready / (self.out_rate - self.in_rate)


@dataclass(frozen=True)
class Snapshot:
    """All queues at one moment, and who counted them when; `age` is in seconds, by PostgreSQL's clock.

    `fleet` is what was found of workers (`fleet.look_at_fleet`), `around` what else a scheduler saw within the last
    seconds (`around.look_around`).
    """

    at: datetime
    age: float
    every: float
    took: float
    taken_by: str
    workers: int
    silent_workers: int
    unknown_actors: Sequence[dict[str, Any]]
    unheard_queues: Sequence[dict[str, Any]]
    queues: Sequence[QueueSnapshot] = ()
    around: dict[str, Any] | None = None
    fleet: dict[str, Any] | None = None

    @property
    def is_stale(self) -> bool:
        """Whether no scheduler has taken one for so long, or since the clock was set back: it may be wrong by now."""
        return not -STALE <= self.age <= max(STALE, PAUSES * self.every)


class ActorFigures(NamedTuple):
    """What became of the jobs of an actor in a queue since the first snapshot that saw one."""

    queue: str
    actor: str
    unfinished: int
    enqueued_total: int
    done_total: int
    dead_total: int
    cancelled_total: int
    failed_total: int


class Point(NamedTuple):
    """A second, or a minute, of one queue: what stood there (at most, of a minute), and what happened in it.

    `at` is the end of a second and the beginning of a minute; `seconds` is how long what happened was counted for.
    """

    at: datetime
    seconds: float
    ready: int
    oldest_ready_seconds: float
    scheduled: int
    running: int
    retrying: int
    workers: int
    enqueued: int
    done: int
    dead: int
    cancelled: int
    failed: int
    wait_p50: float | None
    wait_p95: float | None
    run_p50: float | None
    run_p95: float | None


def latest(driver: Driver[Any]) -> Snapshot | None:
    """Return the latest snapshot; None where no scheduler ever took one. Look at `is_stale` before you believe it."""
    header = driver.execute(_HEADER).fetchone()
    if header is None:
        return None
    queues = tuple(QueueSnapshot(*row) for row in driver.execute(_QUEUES).fetchall())
    *header, fleet, around = header
    return replace(Snapshot(*header), queues=queues, fleet=fleet, around=around)


def actors(driver: Driver[Any]) -> list[ActorFigures]:
    """Return what became of each actor's jobs, by queue."""
    return [ActorFigures(*row) for row in driver.execute(_ACTORS).fetchall()]


def hour(driver: Driver[Any], queue: str, seconds: float = 3600) -> list[Point]:
    """Return the last seconds of a queue, of an hour at most.

    Those in which it was empty and nothing happened are not there.
    """
    return _points(driver, b"queue_seconds", queue, min(seconds, 3600))


def month(driver: Driver[Any], queue: str, seconds: float = 31 * 86400) -> list[Point]:
    """Return the last minutes of a queue, of a month at most.

    Those in which it was empty and nothing happened are not there.
    """
    return _points(driver, b"queue_minutes", queue, seconds)


def lines(driver: Driver[Any], queues: Sequence[str], minutes: int = 60) -> dict[str, tuple[list[int], list[int]]]:
    """Return what was ready in each queue, and how many jobs were finished, in each of the last minutes, oldest first.

    Those that are over and summed up; one in which a queue was empty and nothing happened is 0.
    """
    found = {queue: ([0] * minutes, [0] * minutes) for queue in queues}
    for queue, place, ready, finished in driver.execute(
        _LINES, {"queues": list(queues), "minutes": minutes}
    ).fetchall():
        if 0 <= place < minutes:
            found[queue][0][place] = ready
            found[queue][1][place] = finished
    return found


def _points(driver: Driver[Any], table: bytes, queue: str, seconds: float) -> list[Point]:
    since = (driver.execute(_SINCE, (seconds,)).fetchone() or (None,))[0]
    return [Point(*row) for row in driver.execute(_POINTS % table, (queue, since)).fetchall()]


def next_ticks(driver: Driver[Any]) -> list[tuple[str, float]]:
    """Return the next tick of each entry that is neither paused nor retired, in seconds since 1970."""
    return [(row[0], row[1]) for row in driver.execute(_NEXT_TICKS).fetchall()]
