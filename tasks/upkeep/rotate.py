"""Rotates every declared table: partitions ahead of their time, old ones archived and dropped."""

from __future__ import annotations

import dramatiq
import structlog

from bellwork.tasks.upkeep.rotation import rotate

log = structlog.get_logger("bellwork.upkeep")


class RotationError(RuntimeError):
    """Some partition could not go its way; the message says which and why, and the others went theirs."""


# Five tries within two hours: a storage that is away comes back, an archive that was damaged is made again.
@dramatiq.actor(
    actor_name="upkeep.rotate_partitions",
    callers="internal",
    queue_name="upkeep",
    max_retries=4,
    min_backoff=60_000,
    max_backoff=1_800_000,
    time_limit=3_600_000,
)
def rotate_partitions() -> None:
    """Take every partition as far as it goes; the calendar sends it each night. Raises RotationError for what stops."""
    done = rotate()
    log.info("partitions rotated", created=done.created, dropped=done.dropped, stopped=sorted(done.troubles))
    if done.troubles:
        raise RotationError("; ".join(f"{name}: {why}" for name, why in sorted(done.troubles.items())))
