"""A learner logged in: what is due is given now, and a greeting where nothing is."""

from __future__ import annotations

from uuid import UUID

import dramatiq

from bellwork.db.companion.nudges import nudge_achievers, nudge_arrival, nudge_inactive
from bellwork.tasks.companion.nudges.words import WORDS
from bellwork.tasks.letters import wake
from bellwork.workers import job


@dramatiq.actor(
    actor_name="companion.note_login",
    subject="user_id",
    queue_name="companion-nudges",
    max_retries=5,
    min_backoff=1_000,
    max_backoff=60_000,
    time_limit=30_000,
)
def note_login(user_id: UUID) -> None:
    """Nudge a learner who logged in, by the rules of the scan; who is no student, or is gone, gets nothing."""
    with job.transaction() as conn:
        found = [nudge(conn, user_id, WORDS) for nudge in (nudge_achievers, nudge_inactive)]
        if any(each.letters for each in found):
            wake(conn)
        if not any(each.due for each in found):
            nudge_arrival(conn, user_id, WORDS)
