"""What the ledger itself shows: who works, who waits for whom, what died, and how far partitions reach."""

from __future__ import annotations

from typing import Any

from db.engine import transaction
from db.ledger import dead_today, list_workers, quarantined, queue_depths, unknown_actors
from ops.doctor.calendar import check_calendar
from ops.doctor.finding import Finding
from ops.doctor.partitions import check_partitions
from ops.doctor.retention import check_retention
from scheduler import presence


def check_ledger() -> list[Finding]:
    """Check what one look into the database tells."""
    with transaction() as conn:
        alive = sum(worker["lease_left"] > 0 for worker in list_workers(conn))
        return [
            _workers(alive),
            _scheduler(),
            check_calendar(conn),
            _actors(unknown_actors(conn) if alive else []),
            _quarantined(quarantined(conn)),
            _queues(queue_depths(conn)),
            _dead(dead_today(conn)),
            *check_partitions(conn),
            check_retention(conn),
        ]


def _workers(alive: int) -> Finding:
    if not alive:
        return Finding("warn", "workers", "none is alive: jobs wait", "start `dramatiq workers.main`, or `bellwork up`")
    return Finding("ok", "workers", f"{alive} alive")


def _scheduler() -> Finding:
    try:
        heard = presence.is_alive()
    except presence.RedisError:
        return Finding("warn", "scheduler", "unknown, for its sign of life is in Redis", "mend Redis first")
    if heard is None:
        said = f"none was heard of for {presence.BELIEVED} s: delayed jobs and retries come late"
        return Finding("warn", "scheduler", said, "start `python -m scheduler`, or `bellwork up`")
    return Finding("ok", "scheduler", f"alive ({heard})")


def _actors(waiting: list[dict[str, Any]]) -> Finding:
    if not waiting:
        return Finding("ok", "actors", "no job waits for an actor that the live workers lack")
    names = ", ".join(f"{row['actor']} ({row['waiting']})" for row in waiting[:5])
    said = f"jobs wait for actors that no live worker knows: {names}"
    mend = "deploy workers that have them, or `bellwork jobs rename OLD NEW`, or `bellwork jobs cancel --actor …`"
    return Finding("warn", "actors", said, mend)


def _quarantined(actors: list[str]) -> Finding:
    if not actors:
        return Finding("ok", "quarantine", "no kind of job kills its workers")
    said = f"held back, for their jobs kill process after process: {', '.join(actors)}"
    mend = "look at `bellwork jobs show`, mend the actor and deploy; ten minutes after the last crash it is tried again"
    return Finding("warn", "quarantine", said, mend)


def _queues(queues: list[dict[str, Any]]) -> Finding:
    paused = [f"{queue['queue']} (by {queue['paused_by']})" for queue in queues if queue["paused_at"]]
    if paused:
        mend = "`bellwork queues resume` when the reason is gone"
        return Finding("warn", "queues", f"paused: {', '.join(paused)}", mend)
    return Finding("ok", "queues", "none is paused")


def _dead(dead: int) -> Finding:
    if dead:
        mend = "`bellwork jobs list --state dead` says why, `bellwork jobs retry` puts them back"
        return Finding("warn", "dead jobs", f"{dead} in the last 24 hours", mend)
    return Finding("ok", "dead jobs", "none in the last 24 hours")
