"""What the ledger itself shows: who works, who waits for whom, what died, and how far partitions reach."""

from __future__ import annotations

from typing import Any

from bellwork.db.engine import transaction
from bellwork.db.ledger import (
    Misfits,
    alive,
    backlog,
    count_misfits,
    dead_today,
    quarantined,
    queue_depths,
    unheard_queues,
    unknown_actors,
)
from bellwork.ops import words
from bellwork.ops.doctor.calendar import check_calendar
from bellwork.ops.doctor.extras import check_extras
from bellwork.ops.doctor.finding import Finding
from bellwork.ops.doctor.held import check_held
from bellwork.ops.doctor.mail import check_letters
from bellwork.ops.doctor.partitions import check_partitions
from bellwork.ops.doctor.pipelines import check_pipelines
from bellwork.ops.doctor.retention import check_retention
from bellwork.ops.doctor.roles import check_roles
from bellwork.scheduler import presence


def check_ledger() -> list[Finding]:
    """Check what one look into the database tells."""
    with transaction() as conn:
        working = len(alive(conn))
        kinds = backlog(conn)
        return [
            _workers(working),
            _scheduler(),
            check_calendar(conn),
            _actors(unknown_actors(conn, kinds) if working else []),
            _misfits(count_misfits(conn)),
            _quarantined(quarantined(conn)),
            _queues(queue_depths(conn, kinds), unheard_queues(conn, kinds) if working else []),
            _dead(dead_today(conn)),
            *check_partitions(conn),
            check_roles(conn),
            check_retention(conn),
            check_pipelines(conn),
            *check_held(conn),
            *check_letters(conn),
            check_extras(conn),
        ]


def _workers(working: int) -> Finding:
    if not working:
        return Finding("warn", "workers", "none is alive: jobs wait", "start `bellwork worker`, or `bellwork up`")
    return Finding("ok", "workers", f"{working} alive")


def _scheduler() -> Finding:
    try:
        heard = presence.is_alive()
    except presence.RedisError:
        return Finding("warn", "scheduler", "unknown, for its sign of life is in Redis", "mend Redis first")
    if heard is None:
        said = f"none was heard of for {presence.BELIEVED} s: delayed jobs and retries come late"
        return Finding("warn", "scheduler", said, "start `python -m bellwork.scheduler`, or `bellwork up`")
    return Finding("ok", "scheduler", f"alive ({heard})")


def _actors(waiting: list[dict[str, Any]]) -> Finding:
    if not waiting:
        return Finding("ok", "actors", "no job waits for an actor that the live workers lack")
    names = ", ".join(f"{row['actor']} ({row['waiting']})" for row in waiting[:5])
    said = f"jobs wait for actors that no live worker knows: {names}"
    mend = "deploy workers that have them, or `bellwork jobs rename OLD NEW`, or `bellwork jobs cancel --actor …`"
    return Finding("warn", "actors", said, mend)


def _misfits(waiting: list[Misfits]) -> Finding:
    if not waiting:
        return Finding("ok", "arguments", "no job waits for a worker that its arguments fit")
    names = ", ".join(f"{kind.actor} ({kind.waiting}, job {kind.example} for instance)" for kind in waiting[:5])
    first = words.duration(min(kind.left for kind in waiting))
    said = f"jobs wait for a worker that their arguments fit: {names}; the first is dead in {first}"
    mend = "start workers of the release that sent them, or end the old ones; `bellwork jobs explain` says what is odd"
    return Finding("warn", "arguments", said, mend)


def _quarantined(actors: list[str]) -> Finding:
    if not actors:
        return Finding("ok", "quarantine", "no kind of job kills its workers")
    said = f"held back, for their jobs kill process after process: {', '.join(actors)}"
    mend = "look at `bellwork jobs show`, mend the actor and deploy; one job is tried now and then"
    return Finding("warn", "quarantine", said, mend)


def _queues(queues: list[dict[str, Any]], unheard: list[dict[str, Any]]) -> Finding:
    if unheard:
        names = ", ".join(f"{row['queue']} ({row['waiting']})" for row in unheard[:5])
        mend = "start workers that take them (`--queues`), or `bellwork jobs cancel --queue …` if the name is wrong"
        return Finding("warn", "queues", f"jobs wait where no live worker listens: {names}", mend)
    paused = [f"{queue['queue']} (by {queue['paused_by']})" for queue in queues if queue["paused_at"]]
    if paused:
        mend = "`bellwork queues resume` when the reason is gone"
        return Finding("warn", "queues", f"paused: {', '.join(paused)}", mend)
    return Finding("ok", "queues", "a live worker listens wherever jobs wait, and none is paused")


def _dead(dead: int) -> Finding:
    if dead:
        mend = "`bellwork jobs list --state dead` says why, `bellwork jobs retry` puts them back"
        return Finding("warn", "dead jobs", f"{dead} in the last 24 hours", mend)
    return Finding("ok", "dead jobs", "none in the last 24 hours")
