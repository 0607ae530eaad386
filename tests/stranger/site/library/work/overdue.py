"""What the calendar sends: books whose time is over come back by themselves."""

from __future__ import annotations

import dramatiq

from bellwork.db.sql import sql
from bellwork.workers import job

_TAKE_BACK = """
UPDATE {library}.loans SET status = 'returned', returned_at = now() WHERE status = 'noted' AND due_at <= now()
"""


@dramatiq.actor(
    actor_name="library.take_back", queue_name="library-fast", lane="short", callers="internal", max_retries=0
)
def take_back() -> None:
    """Take them all back."""
    with job.transaction() as conn:
        conn.execute(sql(_TAKE_BACK))
