"""Actors that `upkeep.sweep` has replaced: jobs of the release before, and its schedulers, still name them.

The release after this one may do without.
"""

from __future__ import annotations

import dramatiq

from bellwork.tasks.upkeep.sweep_by_rule import sweep_by_rule
from bellwork.tasks.upkeep.sweeping.as_job import LIMIT


def _as_before(rule: str) -> dramatiq.Actor[[], None]:
    """Declare the actor that had the rule's key for its name."""

    def sweep() -> None:
        sweep_by_rule.fn(rule)

    declare = dramatiq.actor(
        actor_name=rule,
        callers="internal",
        queue_name="upkeep",
        max_retries=5,
        min_backoff=60_000,
        time_limit=LIMIT,
    )
    return declare(sweep)


clear_reset_tokens = _as_before("content.clear_reset_tokens")
archive_requests = _as_before("content.archive_requests")
archive_feedback = _as_before("content.archive_feedback")
