"""Metrics after a change: the notes of a bucket are taken and its tutors recomputed, or one tutor from raw rows.

A change is noted in its own transaction (`tutoring.note_change`, or the triggers of `tutoring.watch_changes()`). All
notes of a bucket's tutors until the job begins cost one recompute, and what changes while it runs costs one more.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from bellwork.db.tutoring import queries
from bellwork.db.tutoring.queries import Lateness, TutorDay
from bellwork.tasks.tutoring.chain import predict_after
from bellwork.tasks.tutoring.refresh import refresh
from bellwork.workers import Permanent, job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bellwork.db.tutoring.queries import Taken

#: Seconds after which a note should have been taken: then its job is not there, or has failed.
LEFT = 60.0


@actor(
    actor_name="tutoring.drain_changes",
    callers="internal",
    queue_name="tutoring",
    unique="waiting",
    max_retries=10,
    min_backoff=500,
    max_backoff=60_000,
    time_limit=60_000,
)
def drain_changes(bucket: int) -> None:
    """Recompute the tutors of a bucket of whom something was noted; sends a prediction where it matters."""
    with job.transaction() as conn:
        taken = queries.take_changes(conn, bucket)
        if not taken:
            return
        at = max(each.now for each in taken)
        found = refresh(conn, _days(taken, at), at, _waited(taken, at))
        predict_after(conn, found, f"job {job.current().id}")


@actor(
    actor_name="tutoring.recompute_metrics",
    subject="tutor_id",
    queue_name="tutoring",
    unique="waiting",
    max_retries=5,
    min_backoff=1_000,
    max_backoff=60_000,
    time_limit=60_000,
)
def recompute_metrics(tutor_id: str) -> None:
    """Recompute a tutor's three rows of today from the raw rows of 90 days, whatever was noted and whatever his status.

    Permanent where there is no such tutor.
    """
    with job.transaction() as conn:
        bucket = queries.bucket_of(conn, tutor_id)
        if bucket is None:
            raise Permanent(f"there is no tutor {tutor_id[:60]!r}; send the id of a row of tutors")
        at = queries.hold(conn, [bucket])
        found = refresh(conn, [TutorDay(tutor_id, day) for day in queries.span(at.astimezone(UTC).date())], at)
        predict_after(conn, found, f"job {job.current().id}")


@actor(actor_name="tutoring.check_metrics", callers="internal", queue_name="tutoring", max_retries=0, time_limit=60_000)
def check_metrics() -> None:
    """Have those recomputed whose change was noted a minute ago and not taken, and those who failed."""
    with job.transaction() as conn:
        for bucket in queries.list_left(conn, LEFT):
            drain_changes.send_with_options(
                kwargs={"bucket": bucket}, unique_key=f"tutoring.drain_changes:{bucket}:0", unique="waiting"
            )
        if failed := queries.list_failed(conn):
            queries.note_changes(conn, [(tutor_id, None) for tutor_id in failed])


def _days(taken: Sequence[Taken], at: datetime) -> list[TutorDay]:
    every = queries.span(at.astimezone(UTC).date())
    return [TutorDay(each.tutor_id, day) for each in taken for day in ([each.day] if each.day else every)]


def _waited(taken: Sequence[Taken], at: datetime) -> Lateness:
    """Tell how long the changes waited; what lies ahead has not waited at all."""
    slowest = max(at - each.since for each in taken)
    late = sum(each.late for each in taken)
    return Lateness(sum(each.changes for each in taken), late, max(slowest, timedelta()).total_seconds())
