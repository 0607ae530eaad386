"""Lets the rules look at new predictions: what they want begins, and who is to know is written to, in one commit."""

from __future__ import annotations

from bellwork.db.tutoring.interventions import propose
from bellwork.tasks.tutoring.letters import tell_of_interventions
from bellwork.workers import job
from bellwork.workers.actor import actor


@actor(
    actor_name="tutoring.evaluate_interventions",
    subject="tutor_id",
    callers="internal",
    queue_name="tutoring-care",
    max_retries=3,
    min_backoff=60_000,
    time_limit=120_000,
)
def evaluate_interventions(tutor_id: str | None = None) -> None:
    """Begin what the newest predictions that no rule saw yet call for, of one tutor or of all.

    Automatic ones are carried out by a letter to the tutor, at once; for the others a person is asked.
    """
    with job.transaction() as conn:
        tell_of_interventions(conn, propose(conn, tutor_id))
