"""A learner's own numbers: analytics, points, streak and his goals side by side, counted anew (SC8, SC9, SC10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import dramatiq

from bellwork.db.companion.numbers.learners import Learner, count_learners, lock_learner, write_learners
from bellwork.tasks.companion.numbers.confidence import Confidence
from bellwork.tasks.companion.numbers.experience import level, points
from bellwork.tasks.companion.numbers.options import QUICK
from bellwork.tasks.companion.numbers.percentages import share, shares
from bellwork.workers import job

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal

    from sqlalchemy import Connection


@dramatiq.actor(actor_name="companion.recompute_learner", subject="student_id", unique="waiting", **QUICK)
def recompute_learner(student_id: UUID) -> None:
    """Count a learner's numbers anew; of somebody who is no student, or no more, there are none."""
    with job.transaction() as conn:
        renew(conn, lock_learner(conn, student_id))


def renew(conn: Connection, students: Collection[UUID], *, of_the_day: bool = False) -> list[UUID]:
    """Count and write the numbers of learners whom the caller has locked; returns whose row changed by that.

    With `of_the_day`, their goals were counted before, and they are not due again today.
    """
    if not students:
        return []
    numbers = [_numbers(each) for each in count_learners(conn, students)]
    return write_learners(conn, numbers, of_the_day=of_the_day)


def send_learner(student_id: UUID) -> None:
    """Have a learner's numbers counted anew: once for all that happens before that begins, once more for the rest."""
    recompute_learner.send_with_options(
        kwargs={"student_id": student_id}, unique_key=f"companion.recompute_learner:{student_id}"
    )


def _numbers(learner: Learner) -> dict[str, Any]:
    words = shares([learner.high, learner.medium, learner.low])
    xp = points(learner.items, learner.sessions)
    return {
        "id": learner.id,
        "today": learner.today,
        "analytics": {
            "override_count": learner.overrides,
            "confidence_distribution": dict(zip(Confidence, map(_number, words), strict=True)),
            "nudge_engagement": {
                "opened": _number(share(learner.opened, learner.sent)),
                "clicked": _number(share(learner.clicked, learner.sent)),
            },
        },
        "gamification": {"xp": xp, "level": level(xp), "streaks": learner.streak},
        "goals": learner.goals,
    }


def _number(percent: Decimal | None) -> float | None:
    """Two decimals are the same in JSON, whichever way they are written."""
    return None if percent is None else float(percent)
