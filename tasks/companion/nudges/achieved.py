"""A learner reached a goal: a congratulation, with what could come next (SC3)."""

from __future__ import annotations

from uuid import UUID

import dramatiq

from bellwork.db.companion.nudges import nudge_achievers
from bellwork.tasks.companion.letters import NUDGE
from bellwork.tasks.companion.nudges.words import WORDS
from bellwork.tasks.letters import call_off_person
from bellwork.workers import job


@dramatiq.actor(
    actor_name="companion.congratulate",
    subject="student_id",
    callers="internal",
    queue_name="companion-nudges",
    max_retries=5,
    min_backoff=1_000,
    max_backoff=60_000,
    time_limit=30_000,
)
def congratulate(student_id: UUID) -> None:
    """Congratulate a learner on the oldest goal of the last seven days that was not congratulated on yet.

    A letter that still waits to tell him that he does nothing is called off.
    """
    with job.transaction() as conn:
        call_off_person(conn, "companion", "its learner reached a goal", str(student_id), NUDGE)
        nudge_achievers(conn, student_id, WORDS)
