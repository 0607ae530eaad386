"""What follows a recompute, in its commit: a prediction where tier or flags changed, or a first session was poor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork import NewJob, enqueue_many

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.tasks.tutoring.refresh import Refreshed


def predict_after(conn: Connection, found: Refreshed, source: str) -> None:
    """Send `tutoring.predict_churn` for each tutor whose 30-day row says something new (README.md has the chain)."""
    moved = {each.tutor_id for each in found.standing if each.moved} | found.poor_first
    enqueue_many(
        conn,
        [
            NewJob(
                "tutoring.predict_churn",
                {"tutor_id": tutor_id, "source": source},
                unique_key=f"tutoring.predict_churn:{tutor_id}",
                unique="waiting",
            )
            for tutor_id in sorted(moved)
        ],
    )
