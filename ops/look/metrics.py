"""The figures for Prometheus: queues, kinds of jobs, workers, the calendar, letters, Redis, providers and disks.

Labels are names of queues, actors, entries, tables, providers and hosts; nothing that belongs to a person. Without a
fresh snapshot the figures of queues are left out, so that no graph shows what was true once; its age is always there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db import redis_answers
from bellwork.db.budgeted import UNITS, list_budgets
from bellwork.db.registered import workers
from bellwork.db.snapshot import actors, latest
from bellwork.db.snapshot.buckets import BOUNDS
from bellwork.db.snapshot.objectives import burning
from bellwork.db.snapshot.read import next_ticks
from bellwork.ops.look.exposition import histogram, metric
from bellwork.ops.look.metrics_beneath import beneath, of_fleet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bellwork.db.budgeted import Budget
    from bellwork.db.quick import Driver
    from bellwork.db.snapshot import ActorFigures, QueueSnapshot, Snapshot
    from bellwork.db.snapshot.objectives import Burning
    from bellwork.db.troubles import Trouble
    from bellwork.ops.look.exposition import Sample

#: A gauge of each queue: its name, the field, what it is.
_GAUGES = (
    ("jobs_ready", "ready", "Jobs that are due, whether a live worker knows them or not."),
    ("jobs_oldest_ready_age_seconds", "oldest_ready_seconds", "How long the oldest ready job has been due."),
    ("jobs_scheduled", "scheduled", "Jobs that are due later."),
    ("jobs_running", "running", "Jobs that a worker runs."),
    ("jobs_retry_scheduled", "retrying", "Jobs that failed and wait for another try."),
    ("jobs_dead", "dead_24h", "Jobs that died in the last 24 hours."),
    ("queue_workers", "workers", "Live workers that take the queue's jobs."),
)


def metrics(driver: Driver) -> str:
    """Return all of it as text; asks Redis itself, for a second at most."""
    found = latest(driver)
    lines = list(_always(driver, found))
    if found and not found.is_stale:
        lines += _of_queues(found.queues)
        lines += _of_kinds(actors(driver))
        lines += _of_objectives(burning(driver))
        lines += _around(found)
        lines += of_fleet(found.fleet or {})
        lines += beneath((found.around or {}).get("ground", {}))
    return "\n".join(lines) + "\n"


def _one(value: float) -> list[Sample]:
    return [({}, float(value))]


def _always(driver: Driver, found: Snapshot | None) -> Iterator[str]:
    if found:
        about = "How old the latest snapshot is; none at all where no scheduler ever took one."
        yield from metric("bellwork_snapshot_age_seconds", "gauge", about, _one(found.age))
        yield from metric(
            "bellwork_snapshot_seconds", "gauge", "How long it took to count the latest snapshot.", _one(found.took)
        )
    redis, troubles = redis_answers.look()
    up = _one(redis is None)
    yield from metric("bellwork_redis_up", "gauge", "1 where Redis can be used, 0 where it cannot.", up)
    yield from _of_troubles(troubles)
    yield from _of_budgets(list_budgets(driver))
    fleet = workers(driver)
    alive = _one(sum(each["lease_left"] > 0 for each in fleet))
    overdue = _one(sum(each["running"] for each in fleet if each["lease_left"] <= 0))
    yield from metric("bellwork_workers", "gauge", "Worker processes whose lease has not run out.", alive)
    yield from metric("bellwork_leases_overdue", "gauge", "Jobs held by workers whose lease has run out.", overdue)
    ticks = [({"schedule": key}, at) for key, at in next_ticks(driver)]
    about = "When the entry's next tick is, in seconds since 1970; entries that are paused or retired have none."
    yield from metric("bellwork_schedule_next_timestamp_seconds", "gauge", about, ticks)


def _of_troubles(found: Sequence[Trouble]) -> Iterator[str]:
    for name, kind, about in (
        (
            "provider_circuit_open",
            "open",
            "1 while a provider is left alone, for it keeps failing; none where it is not.",
        ),
        ("provider_busy", "busy", "1 while a provider says that it is busy; none where it does not."),
    ):
        samples = [({"provider": each.name}, 1.0) for each in found if each.kind == kind]
        yield from metric(f"bellwork_{name}", "gauge", about, samples)
    disks = [each.name.partition(" ") for each in found if each.kind == "full"]
    about = "1 while the disk that a setting leads to takes no files on a worker's host; none where it does."
    samples = [({"setting": setting, "host": host}, 1.0) for setting, _, host in disks]
    yield from metric("bellwork_storage_full", "gauge", about, samples)


def _of_budgets(found: Sequence[Budget]) -> Iterator[str]:
    spent = [({"provider": each.provider, "unit": unit}, _spent(each, unit)) for each in found for unit in UNITS]
    about = "What a provider has cost today (UTC), in money, calls and tokens; calls under way are reckoned."
    yield from metric("bellwork_budget_spent", "gauge", about, spent)
    limited = [
        ({"provider": each.provider, "unit": unit}, each, float(most))
        for each in found
        for unit in UNITS
        if (most := getattr(each, unit)) is not None
    ]
    limits = [(labels, most) for labels, _, most in limited]
    yield from metric(
        "bellwork_budget_limit", "gauge", "What it may cost on a day; none where it may anything.", limits
    )
    left = [(labels, max(0.0, most - _spent(each, labels["unit"]))) for labels, each, most in limited]
    yield from metric("bellwork_budget_left", "gauge", "What is left of it today.", left)
    lacking = [(labels, float(labels["unit"] in each.lacking())) for labels, each, _ in limited]
    about = "1 where too little is left for another call: jobs that need the provider wait until the day turns."
    yield from metric("bellwork_budget_lacking", "gauge", about, lacking)


def _spent(budget: Budget, unit: str) -> float:
    return float(getattr(budget, f"spent_{unit}"))


def _of_queues(found: Sequence[QueueSnapshot]) -> Iterator[str]:
    for name, field, about in _GAUGES:
        samples = [({"queue": each.queue}, float(getattr(each, field))) for each in found]
        yield from metric(f"bellwork_{name}", "gauge", about, samples)
    paused = [({"queue": each.queue}, float(each.paused_at is not None)) for each in found]
    yield from metric("bellwork_jobs_paused", "gauge", "1 where the queue is paused.", paused)
    since = [({"queue": each.queue}, each.paused_at.timestamp()) for each in found if each.paused_at]
    about = "Since when the queue is paused, in seconds since 1970; queues that are not have none."
    yield from metric("bellwork_jobs_paused_since_seconds", "gauge", about, since)
    drains = [({"queue": each.queue}, each.drain_seconds) for each in found if each.drain_seconds is not None]
    about = "When no job of the queue will be ready at the present rates; none where that never comes."
    yield from metric("bellwork_jobs_drain_seconds", "gauge", about, drains)
    came = [({"queue": each.queue}, float(each.enqueued_total)) for each in found]
    yield from metric("bellwork_jobs_enqueued_total", "counter", "Jobs that came.", came)
    waits = [({"queue": each.queue}, each.waits, each.wait_seconds) for each in found if each.waits]
    yield from histogram("bellwork_job_wait_seconds", "From due to claimed, of jobs that were finished.", BOUNDS, waits)
    runs = [({"queue": each.queue}, each.runs, each.run_seconds) for each in found if each.runs]
    yield from histogram("bellwork_job_run_seconds", "From claimed to finished.", BOUNDS, runs)


def _of_kinds(kinds: list[ActorFigures]) -> Iterator[str]:
    finished = [
        ({"queue": each.queue, "kind": each.actor, "outcome": outcome}, float(getattr(each, f"{outcome}_total")))
        for each in kinds
        for outcome in ("done", "dead", "cancelled")
    ]
    yield from metric("bellwork_jobs_finished_total", "counter", "Jobs that were finished.", finished)
    failed = [({"queue": each.queue, "kind": each.actor}, float(each.failed_total)) for each in kinds]
    about = "Attempts that failed: those that were tried again, and those that a job died of."
    yield from metric("bellwork_job_failures_total", "counter", about, failed)


def _of_objectives(found: list[Burning]) -> Iterator[str]:
    for name, kind, about, values in (
        ("share", "gauge", "The share of jobs that is to be done in time.", [each.share for each in found]),
        ("seconds", "gauge", "The time in which it is, from when a job was due.", [each.seconds for each in found]),
        ("jobs_total", "counter", "Jobs with an objective that were done or died.", [each.all.total for each in found]),
        ("missed_total", "counter", "Of those, the late and the dead.", [each.all.missed for each in found]),
    ):
        samples = [({"kind": each.actor}, float(value)) for each, value in zip(found, values, strict=True)]
        yield from metric(f"bellwork_slo_{name}", kind, about, samples)


def _around(found: Snapshot) -> Iterator[str]:
    unknown: dict[str, float] = {}
    for row in found.unknown_actors:
        unknown[row["actor"]] = unknown.get(row["actor"], 0) + row["waiting"]
    samples = [({"kind": actor}, waiting) for actor, waiting in sorted(unknown.items())]
    yield from metric("bellwork_jobs_unknown", "gauge", "Jobs that wait for an actor no live worker knows.", samples)
    around = found.around
    if around is None:
        return
    held = _one(around["mail_hold"] is not None)
    yield from metric("bellwork_mail_held", "gauge", "1 while no mail server takes letters.", held)
    letters = around["letters"]
    open_ = _one(letters["unknown"])
    yield from metric("bellwork_mail_unknown_open", "gauge", "Letters of which nobody knows whether they came.", open_)
    waiting = _one(letters["due"] + letters["later"])
    yield from metric("bellwork_mail_waiting", "gauge", "Letters that wait to be sent.", waiting)
    quarantined = [({"kind": actor}, 1.0) for actor in around["quarantined"]]
    about = "Kinds of jobs that are held back, for they kill process after process."
    yield from metric("bellwork_jobs_quarantined", "gauge", about, quarantined)
    wrong = [
        ({"pipeline": each["pipeline"], "kind": kind}, float(count))
        for each in around.get("reconciled", ())
        for kind, count in each["left"].items()
    ]
    about = "Rows that wait without their job, and jobs that no row waits for, when they were compared last."
    yield from metric("bellwork_pipeline_disagreements", "gauge", about, wrong)
    failed = [({"endpoint": str(each["id"])}, 1.0) for each in around.get("webhooks", ()) if each.get("failed", True)]
    about = "Endpoints of webhooks that are disabled, and were failing: what they would be told waits."
    yield from metric("bellwork_webhooks_disabled", "gauge", about, failed)
    told = [each["system"] for each in around.get("concerns", ())]
    concerns = [({"system": system}, float(told.count(system))) for system in sorted(set(told))]
    about = "What a system says of its own rows that calls for people; none where nothing does."
    yield from metric("bellwork_concerns", "gauge", about, concerns)
    short = [({"table": name}, 1.0) for name in around["short_of_partitions"]]
    about = "Tables in which a time soon has no partition."
    yield from metric("bellwork_partitions_short", "gauge", about, short)
