"""Writes the snapshot: what has changed since the one before, a second's row of each queue that is not idle."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from bellwork.db.plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from psycopg import Connection as Driver

    from bellwork.db.snapshot.reckon import Actor, Happened, Queue

#: Seconds of which a place of the ring holds one; and minutes, of those of kinds with an objective.
RING, SLO_RING = 3_600, 480

_HEADER = b"""
UPDATE bellwork.snapshot
SET at = %(at)s, every = %(every)s, took = %(took)s, taken_by = %(by)s, seen = %(seen)s::pg_snapshot,
    dead_at = coalesce(%(dead_at)s, dead_at), workers = %(workers)s, silent_workers = %(silent_workers)s,
    unknown_actors = %(unknown_actors)s::jsonb, unheard_queues = %(unheard_queues)s::jsonb, fleet = %(fleet)s::jsonb
"""
# Named column by column: a later release's columns have defaults.
_REMEMBER = """
INSERT INTO bellwork.{table} AS f ({columns})
SELECT {columns} FROM jsonb_populate_recordset(NULL::bellwork.{table}, %s::jsonb)
ON CONFLICT ({key}) DO UPDATE SET ({others}, changed_at) = ROW ({excluded}, now())
"""
_SECOND = b"""
INSERT INTO bellwork.queue_seconds AS s (
    queue, place, at, seconds, ready, oldest_ready_seconds, scheduled, running, retrying, workers, enqueued, done, dead,
    cancelled, failed, wait_p50, wait_p95, run_p50, run_p95)
SELECT queue, place, at, seconds, ready, oldest_ready_seconds, scheduled, running, retrying, workers, enqueued, done,
    dead, cancelled, failed, wait_p50, wait_p95, run_p50, run_p95
FROM jsonb_populate_recordset(NULL::bellwork.queue_seconds, %s::jsonb)
ON CONFLICT (queue, place) DO UPDATE SET
    at = excluded.at, seconds = excluded.seconds, ready = excluded.ready,
    oldest_ready_seconds = excluded.oldest_ready_seconds, scheduled = excluded.scheduled, running = excluded.running,
    retrying = excluded.retrying, workers = excluded.workers, enqueued = excluded.enqueued, done = excluded.done,
    dead = excluded.dead, cancelled = excluded.cancelled, failed = excluded.failed, wait_p50 = excluded.wait_p50,
    wait_p95 = excluded.wait_p95, run_p50 = excluded.run_p50, run_p95 = excluded.run_p95
"""
_OBJECTIVES = b"""
INSERT INTO bellwork.slo_minutes AS s (actor, place, at, total, missed)
SELECT n.actor, extract(epoch FROM m.at)::bigint / 60 %% %(ring)s, m.at, n.total, n.missed
FROM (SELECT date_trunc('minute', %(at)s::timestamptz, 'UTC')) AS m(at),
     unnest(%(actors)s::text[], %(totals)s::int8[], %(missed)s::int8[]) AS n(actor, total, missed)
JOIN bellwork.actors a ON a.name = n.actor
ORDER BY n.actor
ON CONFLICT (actor, place) DO UPDATE SET at = excluded.at,
    total = CASE WHEN s.at = excluded.at THEN s.total ELSE 0 END + excluded.total,
    missed = CASE WHEN s.at = excluded.at THEN s.missed ELSE 0 END + excluded.missed
"""
# A day after the last change of a queue that no actor names, that is not paused and has no job; its totals go with it.
_FORGET = (
    b"""
DELETE FROM bellwork.queue_figures f
WHERE changed_at < now() - interval '1 day' AND ready + scheduled + running = 0
    AND NOT EXISTS (SELECT FROM bellwork.actors a WHERE a.queue = f.queue)
    AND NOT EXISTS (SELECT FROM bellwork.queues q WHERE q.name = f.queue AND q.paused_at IS NOT NULL)
""",
    b"""
DELETE FROM bellwork.actor_figures f WHERE changed_at < now() - interval '31 days' AND unfinished = 0
""",
)


def write_header(driver: Driver, **header: Any) -> None:
    """Write when it was taken, by whom, what it had seen, and the figures that belong to no queue."""
    for name in ("unknown_actors", "unheard_queues", "fleet"):
        header[name] = json.dumps(header[name], default=plain)
    driver.execute(_HEADER, header)


def remember(
    driver: Driver, table: str, key: Sequence[str], found: Sequence[tuple[Queue | Actor, Queue | Actor | None]]
) -> None:
    """Write the figures that differ from those of before."""
    rows = [asdict(now) for now, before in found if now != before]
    if not rows:
        return
    columns = [each.name for each in fields(found[0][0])]
    others = [name for name in columns if name not in key]
    statement = _REMEMBER.format(
        table=table,
        key=", ".join(key),
        columns=", ".join(columns),
        others=", ".join(others),
        excluded=", ".join(f"excluded.{name}" for name in others),
    )
    driver.execute(statement.encode(), (json.dumps(rows, default=plain),))


def write_objectives(driver: Driver, at: datetime, found: Sequence[tuple[Actor, Actor | None]]) -> None:
    """Add to this minute what was finished of kinds that have an objective, and how many of it missed that."""
    new: dict[str, tuple[int, int]] = {}
    for now, before in found:
        if total := now.slo_total - (before.slo_total if before else 0):
            known = new.get(now.actor, (0, 0))
            missed = now.slo_missed - (before.slo_missed if before else 0)
            new[now.actor] = (known[0] + total, known[1] + missed)
    if new:
        totals, missed_ones = zip(*new.values(), strict=True)
        asked = {"at": at, "ring": SLO_RING, "actors": list(new), "totals": list(totals), "missed": list(missed_ones)}
        driver.execute(_OBJECTIVES, asked)


def write_seconds(
    driver: Driver,
    at: datetime,
    seconds: float,
    queues: Sequence[tuple[Queue, Queue | None]],
    happened: Mapping[str, Happened],
) -> None:
    """Write a second's row of each queue that holds jobs or in which something happened."""
    place = int(at.timestamp()) % RING
    rows = [
        _second(queue, happened.get(queue.queue), at) | {"place": place, "seconds": min(seconds, RING)}
        for queue, _ in queues
        if not queue.is_empty or (queue.queue in happened and not happened[queue.queue].is_nothing)
    ]
    if rows:
        driver.execute(_SECOND, (json.dumps(rows, default=plain),))


def forget(driver: Driver) -> None:
    """Forget queues and actors of which nothing was heard for long."""
    for statement in _FORGET:
        driver.execute(statement)


def _second(queue: Queue, happened: Happened | None, at: datetime) -> dict[str, Any]:
    oldest = queue.oldest_ready_at
    gauges = ("queue", "ready", "scheduled", "running", "retrying", "workers")
    events = ("enqueued", "done", "dead", "cancelled", "failed")
    quantiles = ("wait_p50", "wait_p95", "run_p50", "run_p95")
    return {
        "at": at,
        "oldest_ready_seconds": (at - oldest).total_seconds() if oldest else 0.0,
        **{name: getattr(queue, name) for name in (*gauges, *quantiles)},
        **{name: getattr(happened, name) if happened else 0 for name in events},
    }
