"""Removes the parts of files whose writers died: they have no name, so nothing else would ever find them."""

from __future__ import annotations

import dramatiq
import structlog

from bellwork.tasks.providers import storage

log = structlog.get_logger("bellwork.upkeep")

#: Seconds. No stage writes for so long (the longest time-out of the request pipeline is 10 minutes).
ABANDONED = 3600.0


@dramatiq.actor(
    actor_name="upkeep.tidy_storage", callers="internal", queue_name="upkeep", max_retries=0, time_limit=600_000
)
def tidy_storage() -> None:
    """Remove what has been left alone for an hour; the calendar sends it each hour."""
    if removed := storage().tidy(ABANDONED):
        log.info("abandoned parts removed", files=removed)
