"""Predicts who is about to leave: one tutor after something changed, all of them each night; the rules come next.

Each sends what comes next in its own commit: session, recompute, prediction, rules, interventions.
"""

from __future__ import annotations

from datetime import date

from bellwork.db.tutoring.churn import is_tutor, predict
from bellwork.tasks.tutoring.interventions import evaluate_interventions
from bellwork.workers import Permanent, job
from bellwork.workers.actor import actor

#: Characters that a source has at most; one is the id of an event, or says what asked.
LONGEST_SOURCE = 150


@actor(
    actor_name="tutoring.predict_churn",
    subject="tutor_id",
    queue_name="tutoring-care",
    max_retries=3,
    min_backoff=60_000,
    time_limit=30_000,
)
def predict_churn(tutor_id: str, source: str | None = None) -> None:
    """Predict one tutor from today's rows, once for a source; without one, once for this job.

    Permanent where there is no such tutor, or a source is too long. Who has churned gets no prediction.
    """
    if source is not None and not 0 < len(source) <= LONGEST_SOURCE:
        raise Permanent(f"source has {len(source)} characters; it names an event in 1 to {LONGEST_SOURCE}")
    with job.transaction() as conn:
        if not is_tutor(conn, tutor_id):
            raise Permanent(f"there is no tutor {tutor_id[:60]!r}; send the id of a row of tutors")
        if predict(conn, source or f"job {job.current().id}", [tutor_id]):
            evaluate_interventions.send_with_options(
                kwargs={"tutor_id": tutor_id}, unique_key=f"tutoring.evaluate:{tutor_id}", unique="waiting"
            )


@actor(
    actor_name="tutoring.predict_all",
    callers="internal",
    queue_name="tutoring-care",
    max_retries=3,
    min_backoff=300_000,
    max_backoff=600_000,
    time_limit=600_000,
)
def predict_all(day: str | None = None) -> None:
    """Predict every tutor who has not left from the rows of a UTC day (of today), once for the day and the model."""
    asked = _day(day)
    with job.transaction() as conn:
        if predict(conn, None, day=asked):
            evaluate_interventions.send_with_options(
                kwargs={"tutor_id": None}, unique_key="tutoring.evaluate", unique="waiting"
            )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except (TypeError, ValueError) as wrong:
        raise Permanent(f"day is {text!r}; it is a UTC day like 2027-06-30") from wrong
