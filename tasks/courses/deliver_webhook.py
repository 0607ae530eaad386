"""Delivers a webhook under the name that learncraft's platform has for it; how it is done is tasks/webhooks."""

from __future__ import annotations

from bellwork.tasks.webhooks.deliver import deliver
from bellwork.workers import job
from bellwork.workers.actor import actor


@actor(
    actor_name="courses.deliver_webhook",
    callers="internal",
    queue_name="courses",
    max_retries=3,
    min_backoff=1_000,
    time_limit=10_000,
)
def deliver_webhook(delivery_id: int) -> None:
    """Have a delivery made that is due, as `webhooks.deliver` makes all of them; one that is settled stays so."""
    with job.transaction():
        deliver.send(delivery_id=delivery_id)
