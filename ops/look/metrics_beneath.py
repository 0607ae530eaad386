"""The figures for Prometheus of what jobs stand on: workers, Redis, the calendar, partitions and PostgreSQL itself.

All of them are those that a scheduler kept with its snapshot; where an older release's scheduler took it, those that it
did not look for are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.ops.look.exposition import metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bellwork.ops.look.exposition import Sample

_LEASES = (
    ("leases_active", "leases", "Jobs held by live workers."),
    ("leases_expiring", "expiring", "Of those, jobs of workers with less than a third of their lease left."),
    ("worker_beat_age_seconds", "beat_age", "How long ago the live worker that is most behind renewed its lease."),
)
_COUNTERS = (
    ("leases_reclaimed_total", "reclaimed", "Jobs that were taken from a worker, by what had become of it."),
    ("worker_ends_total", "ended", "Worker processes that ended otherwise than by a stop."),
    (
        "fence_rejections_total",
        "fenced",
        "Attempts that ended and held their job no longer, by what it was by then.",
    ),
)
_ENTRIES = (
    ("schedule_lateness_seconds", "lateness", "How late the entry's last tick was decided."),
    ("schedule_missed_last_hour", "missed", "Ticks of the last hour that were missed for good."),
    ("schedule_last_success_timestamp_seconds", "succeeded_at", "When a job of the entry was done last, since 1970."),
)
_TABLES = (
    ("partition_horizon_days", "horizon_days", "For how many days from now the table has partitions without a gap."),
    (
        "archive_verified_timestamp_seconds",
        "verified_at",
        "When an archive was last read back, since 1970.",
    ),
    ("archive_tested_timestamp_seconds", "tested_at", "When an archive was last put back for a trial, since 1970."),
    ("archive_waiting_partitions", "waiting", "Partitions that are to leave and have no archive that was read back."),
    ("archive_waiting_since_seconds", "waiting_since", "Since when the first of those is to leave, since 1970."),
)
_SERVER = (
    ("pg_connections", "connections", "Sessions of clients on the server, of all databases."),
    ("pg_connections_max", "connections_most", "As many may be open for ordinary roles."),
    ("pg_oldest_transaction_seconds", "oldest_transaction", "Age of the oldest transaction the scheduler may see."),
)
_ROWS = (
    ("pg_live_tuples", "live", "Rows of a busy table, as PostgreSQL estimates them."),
    (
        "pg_dead_tuples",
        "dead",
        "Dead rows of a busy table that VACUUM has not removed yet, estimated.",
    ),
    ("pg_table_bytes", "bytes", "What a busy table takes on the disk, without its indexes."),
)


def of_fleet(fleet: Mapping[str, Any]) -> Iterator[str]:
    """Threads and leases (`bellwork.db.snapshot.fleet.look_at_fleet`)."""
    if not fleet:
        return
    for name, field, about in _LEASES:
        yield from metric(f"bellwork_{name}", "gauge", about, [({}, float(fleet[field]))])
    slots = [("busy", fleet["busy"]), ("free", fleet["slots"] - fleet["busy"])]
    about = "Threads of live workers, by whether they have a job."
    yield from metric("bellwork_worker_slots", "gauge", about, [({"state": state}, float(n)) for state, n in slots])


def beneath(ground: Mapping[str, Any]) -> Iterator[str]:
    """All else, as `bellwork.db.snapshot.ground.look_at_ground` has it."""
    for name, kind, about in _COUNTERS:
        counts = ground.get("occurrences", {}).get(kind, {})
        yield from metric(f"bellwork_{name}", "counter", about, _by("reason", counts))
    missing = ground.get("due_missing")
    about = "Jobs that are due for half a minute and not in Redis, fifty of a queue at most; none while Redis is away."
    lacking: list[Sample] = [] if missing is None else [({}, float(sum(missing.values())))]
    yield from metric("bellwork_due_missing", "gauge", about, lacking)
    yield from _labelled("schedule", ground.get("calendar", {}), _ENTRIES)
    yield from _labelled("table", ground.get("tables", {}), _TABLES)
    server = ground.get("server", {})
    for name, field, about in _SERVER:
        samples: list[Sample] = [({}, float(server[field]))] if field in server else []
        yield from metric(f"bellwork_{name}", "gauge", about, samples)
    yield from _labelled("table", server.get("tables", {}), _ROWS)
    about = "How far a standby is behind, where the scheduler's role may see it (pg_monitor)."
    yield from metric("bellwork_pg_replication_lag_seconds", "gauge", about, _by("standby", server.get("standbys", {})))
    about = "Log (WAL) that PostgreSQL keeps for a replication slot."
    yield from metric("bellwork_pg_slot_retained_bytes", "gauge", about, _by("slot", server.get("slots", {})))
    about = "By how much a host's clock is ahead of PostgreSQL's, less the way of a statement there."
    yield from metric("bellwork_clock_skew_seconds", "gauge", about, _by("host", ground.get("clocks", {})))


def _labelled(
    label: str, found: Mapping[str, Mapping[str, Any]], metrics: tuple[tuple[str, str, str], ...]
) -> Iterator[str]:
    """Return a metric for each field, with a line for each thing of which it is known."""
    for name, field, about in metrics:
        known = {key: each[field] for key, each in found.items() if each.get(field) is not None}
        yield from metric(f"bellwork_{name}", "gauge", about, _by(label, known))


def _by(label: str, values: Mapping[str, Any]) -> list[Sample]:
    return [({label: key}, float(value)) for key, value in values.items()]
