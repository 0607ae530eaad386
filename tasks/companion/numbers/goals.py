"""How far a goal has come, counted anew from the rows; at 100 it is reached, once (SC2, SC3)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import dramatiq

from bellwork.db.companion.numbers.goals import Changed, Counted, Numbers, count_goals, lock_goal, write_goals
from bellwork.tasks.companion.nudges.achieved import congratulate
from bellwork.tasks.companion.numbers.experience import points
from bellwork.tasks.companion.numbers.learners import send_learner
from bellwork.tasks.companion.numbers.options import QUICK
from bellwork.tasks.companion.numbers.progress import Standing, completion
from bellwork.workers import job

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection


@dramatiq.actor(actor_name="companion.recompute_goal", subject="goal_id", unique="waiting", **QUICK)
def recompute_goal(goal_id: UUID) -> None:
    """Count a goal's percentage, streak and xp anew, then its learner's; one that is not active stays as it is."""
    with job.transaction() as conn:
        goal = lock_goal(conn, goal_id)
        if goal is None:
            return
        if goal.active:
            renew(conn, [goal.id])
        send_learner(goal.student_id)


def renew(conn: Connection, goal_ids: Collection[UUID]) -> list[Changed]:
    """Count and write the numbers of goals that the caller has locked; returns those whose row changed by that.

    Who reached one is congratulated, by a job that belongs to the caller's transaction.
    """
    if not goal_ids:
        return []
    changed = write_goals(conn, [_numbers(each) for each in count_goals(conn, goal_ids)])
    for each in changed:
        if each.reached:
            key = f"companion.congratulate:{each.goal_id}"
            congratulate.send_with_options(kwargs={"student_id": each.student_id}, unique_key=key)
    return changed


def send_goals(goal_ids: Iterable[UUID]) -> None:
    """Have goals counted anew: each once for all that happens before that begins, once more for the rest."""
    for goal_id in goal_ids:
        recompute_goal.send_with_options(kwargs={"goal_id": goal_id}, unique_key=f"companion.recompute_goal:{goal_id}")


def _numbers(goal: Counted) -> Numbers:
    percent = completion(Standing(goal.goal_type, goal.items, goal.rating, goal.sessions))
    return Numbers(goal.goal_id, percent, goal.streak, points(goal.items, goal.sessions))
