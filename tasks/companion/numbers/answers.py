"""A practice item was answered: it moves the learner's rating once, and what hangs on it is counted anew (SC4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import dramatiq

from bellwork.db.companion.numbers.ratings import NoAssignmentError, open_item, record_answer
from bellwork.tasks.companion.numbers.elo import difficulty_for, held, moved, performance, question_rating
from bellwork.tasks.companion.numbers.goals import send_goals
from bellwork.tasks.companion.numbers.learners import send_learner
from bellwork.tasks.companion.numbers.options import QUICK
from bellwork.tasks.companion.numbers.reviews import send_review
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from decimal import Decimal


@dramatiq.actor(actor_name="companion.update_rating", subject="assignment_id", **QUICK)
def update_rating(assignment_id: UUID, correct: bool, seconds: float, hints: int = 0) -> None:  # noqa: FBT001 - an argument of a job
    """Complete an assigned item with its performance and the rating before and after; a second time nothing happens.

    Any number of answers at once ends as the same answers one after the other. An item without a subject is completed
    and moves no rating.
    """
    weight = _weight(correct, seconds, hints)
    with job.transaction() as conn:
        try:
            item = open_item(conn, assignment_id)
        except NoAssignmentError as nothing:
            raise Permanent(str(nothing)) from nothing
        if item is None:
            return
        before = after = None
        if item.rating is not None:
            before = held(item.rating)
            question = question_rating(difficulty_for(before) if item.difficulty is None else item.difficulty)
            after = moved(before, question, weight)
        answered = record_answer(conn, item, weight, before, after)
        send_goals(answered.goals)
        if not answered.goals:
            send_learner(item.student_id)
        if answered.finished is not None:
            send_review(answered.finished)


def _weight(correct: Any, seconds: Any, hints: Any) -> Decimal:
    """Weigh an answer; callers in SQL may have sent anything, and a text "false" is no wrong answer."""
    numbers = isinstance(seconds, (int, float)) and isinstance(hints, int)
    if not isinstance(correct, bool) or not numbers or isinstance(seconds, bool) or isinstance(hints, bool):
        raise Permanent("an answer is correct (true or false), seconds (a number) and hints (a whole number)")
    try:
        return performance(correct, seconds, hints)
    except ValueError as unusable:
        raise Permanent(str(unusable)) from unusable
