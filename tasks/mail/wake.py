"""Each minute: letters whose time has come, or was over, or whose sender died."""

from __future__ import annotations

import dramatiq

from bellwork.tasks.mail.send import send
from bellwork.workers import job


@dramatiq.actor(actor_name="mail.wake", callers="internal", queue_name="mail", max_retries=3, time_limit=60_000)
def wake_sender() -> None:
    """Have letters looked at, unless somebody is at it."""
    with job.transaction():
        send.send_with_options(kwargs={"lane": 0}, unique_key="mail.send:0")
