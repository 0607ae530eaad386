"""A learner reached a goal: a congratulation, with what could come next (SC3)."""

from __future__ import annotations

from uuid import UUID

import dramatiq

from bellwork.db.companion.nudges import nudge_achievers
from bellwork.tasks.companion.nudges.words import WORDS
from bellwork.workers import job


@dramatiq.actor(
    actor_name="companion.congratulate",
    callers="internal",
    queue_name="companion-nudges",
    max_retries=5,
    min_backoff=1_000,
    max_backoff=60_000,
    time_limit=30_000,
)
def congratulate(student_id: UUID) -> None:
    """Congratulate a learner on the oldest goal of the last seven days that was not congratulated on yet."""
    with job.transaction() as conn:
        nudge_achievers(conn, student_id, WORDS)
