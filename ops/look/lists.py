"""Lists as data: the documents of `queues list`, `jobs list`, `failures list`, `acts` and their like under --json.

The pages' `.json` twins are the same documents.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bellwork.ops import words
from bellwork.ops.look.document import queue_data
from bellwork.ops.look.late import is_late

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bellwork.db.letters import Hold
    from bellwork.db.letters.look import Sums
    from bellwork.db.queries.failures import Failure
    from bellwork.db.snapshot import QueueSnapshot, Snapshot

    Rows = Sequence[Mapping[str, Any]]


def in_trouble_order(queues: Sequence[QueueSnapshot]) -> list[QueueSnapshot]:
    """Return queues in order of trouble: paused with work, late, dying, then by name."""
    return sorted(queues, key=_trouble)


def queues(found: Snapshot) -> dict[str, Any]:
    """Return the figures of all queues."""
    return {
        "schema_version": 1,
        "generated_at": datetime.now(UTC),
        "snapshot_at": found.at,
        "snapshot_age_s": found.age,
        "stale": found.is_stale,
        "workers": found.workers,
        "silent_workers": found.silent_workers,
        "queues": [queue_data(each) for each in found.queues],
    }


def worker(row: Mapping[str, Any], longest_job: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a worker process: alive or silent, and what it has been running for longest."""
    return {**row, "state": "alive" if row["lease_left"] > 0 else "silent", "longest_job": longest_job}


def workers(found: Rows) -> dict[str, Any]:
    """Return the worker processes."""
    return {"schema_version": 1, "generated_at": datetime.now(UTC), "workers": found}


def jobs(found: Rows, limit: int) -> dict[str, Any]:
    """Return jobs; what arguments may say of a person is masked."""
    return {"jobs": [{**job, "args": words.impersonal(job["args"])} for job in found], "limit": limit}


def failure(each: Failure) -> dict[str, Any]:
    """Return a failure as data."""
    return {"fingerprint": each.fingerprint, **each._asdict()}


def failures(found: Rows, limit: int, looked_at: int) -> dict[str, Any]:
    """Return what jobs die of, in groups; so many of the newest dead jobs were looked at."""
    return {"failures": found[:limit], "limit": limit, "looked_at": looked_at}


def letters(found: Rows, limit: int, hold: Hold | None, sums: Sums) -> dict[str, Any]:
    """Return letters, whether all are held, and how many stand how."""
    return {"letters": found, "limit": limit, "hold": hold and hold._asdict(), "sums": sums._asdict()}


def acts(found: Rows, limit: int) -> dict[str, Any]:
    """Return what operators did."""
    return {"acts": found, "limit": limit}


def _trouble(queue: QueueSnapshot) -> tuple[bool, bool, float, bool, str]:
    return (
        not (queue.paused_at and queue.ready),
        not is_late(queue),
        -queue.oldest_ready_seconds if is_late(queue) else 0.0,
        not queue.dead_24h,
        queue.queue,
    )
