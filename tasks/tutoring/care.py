"""What the calendar sends for interventions: late ones are raised, ended ones judged, and who has left is noted."""

from __future__ import annotations

from bellwork.db.tutoring.interventions import escalate
from bellwork.db.tutoring.interventions import track_outcomes as judge
from bellwork.db.tutoring.status import settle_statuses as settle
from bellwork.tasks.tutoring.letters import tell_of_escalations
from bellwork.workers import job
from bellwork.workers.actor import actor


@actor(
    actor_name="tutoring.sweep_interventions",
    callers="internal",
    queue_name="tutoring-care",
    max_retries=0,
    time_limit=60_000,
)
def sweep_interventions() -> None:
    """Raise critical ones that nobody took up within a day, and those past their due date; a manager hears of each."""
    with job.transaction() as conn:
        tell_of_escalations(conn, escalate(conn))


@actor(
    actor_name="tutoring.track_outcomes",
    callers="internal",
    queue_name="tutoring-care",
    max_retries=3,
    time_limit=120_000,
)
def track_outcomes() -> None:
    """Enter what became of tutors 14 days after an intervention was completed."""
    with job.transaction() as conn:
        judge(conn)


@actor(
    actor_name="tutoring.settle_statuses",
    callers="internal",
    queue_name="tutoring-care",
    max_retries=3,
    time_limit=120_000,
)
def settle_statuses() -> None:
    """Say of every tutor whether he is active, inactive or churned; who has left keeps no open intervention."""
    with job.transaction() as conn:
        settle(conn)
