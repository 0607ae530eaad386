"""Lets the rules look at new predictions: what they want begins, in one commit."""

from __future__ import annotations

from bellwork.db.tutoring.interventions import propose
from bellwork.workers import job
from bellwork.workers.actor import actor


@actor(
    actor_name="tutoring.evaluate_interventions",
    callers="internal",
    queue_name="tutoring-care",
    max_retries=3,
    min_backoff=60_000,
    time_limit=120_000,
)
def evaluate_interventions(tutor_id: str | None = None) -> None:
    """Begin what the newest predictions that no rule saw yet call for, of one tutor or of all.

    Each prediction is looked at once, whoever asks how often.
    """
    with job.transaction() as conn:
        propose(conn, tutor_id)
