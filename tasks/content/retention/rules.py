"""The actors of the rule table: one for each rule, under the rule's own name; the calendar sends them."""

from __future__ import annotations

from functools import partial

import dramatiq

from db.retention import RULES
from tasks.content.retention.as_job import LIMIT, as_job
from tasks.content.retention.sweep import sweep


@dramatiq.actor(
    actor_name="content.clear_reset_tokens", queue_name="upkeep", max_retries=3, min_backoff=60_000, time_limit=LIMIT
)
def clear_reset_tokens() -> None:
    """Forget the reset tokens that have expired."""
    as_job(partial(sweep, RULES["content.clear_reset_tokens"]))


@dramatiq.actor(
    actor_name="content.archive_requests", queue_name="upkeep", max_retries=5, min_backoff=60_000, time_limit=LIMIT
)
def archive_requests() -> None:
    """Archive and soft-delete the requests that came to an end and are 90 days old."""
    as_job(partial(sweep, RULES["content.archive_requests"]))


@dramatiq.actor(
    actor_name="content.archive_feedback", queue_name="upkeep", max_retries=5, min_backoff=60_000, time_limit=LIMIT
)
def archive_feedback() -> None:
    """Move feedback that is two years old into the archive."""
    as_job(partial(sweep, RULES["content.archive_feedback"]))
