"""Denies the requests for accounts that nobody decided within thirty days, and tells their teachers."""

from __future__ import annotations

import dramatiq

from bellwork.db.content.accounts import expire
from bellwork.tasks.content.accounts.letters import tell_teachers
from bellwork.workers import job

#: Requests of one commit.
MOST = 500


@dramatiq.actor(
    actor_name="content.expire_account_requests",
    callers="internal",
    queue_name="content-fast",
    lane="short",
    max_retries=3,
    min_backoff=5_000,
    time_limit=30_000,
)
def expire_account_requests() -> None:
    """Deny what has waited for thirty days, and come back at once for what is left."""
    with job.transaction() as conn:
        expired = expire(conn, MOST)
        tell_teachers(conn, [request_id for request_id, _ in expired])
        if len(expired) == MOST:
            expire_account_requests.send()
