"""Counts what the hours and days since the last run, and the last 48 hours, came to; figures that are older stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dramatiq

from bellwork.db.content.figures import count_days, count_hours, count_students, next_hours
from bellwork.workers import job


@dramatiq.actor(
    actor_name="content.count_figures",
    callers="internal",
    queue_name="upkeep",
    max_retries=5,
    min_backoff=60_000,
    time_limit=300_000,
)
def count_figures() -> None:
    """Count hours, days and students; a week of hours at a time, and the next week at once."""
    with job.transaction() as conn:
        hours = next_hours(conn)
        count_hours(conn, hours)
        count_days(conn, hours)
        if hours.until < datetime.now(UTC) - timedelta(hours=1):
            count_figures.send()
        else:
            count_students(conn)
