"""A practice set went badly: the learner's tutor is told, once (SC13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dramatiq

from bellwork.db.companion.numbers.tutors import note_help, results_of
from bellwork.tasks.companion.numbers.elo import RIGHT_FROM
from bellwork.tasks.companion.numbers.help import needs_help
from bellwork.tasks.companion.numbers.options import QUICK
from bellwork.tasks.companion.numbers.words import letter_about_set
from bellwork.tasks.letters import post
from bellwork.workers import job

if TYPE_CHECKING:
    from bellwork.db.companion.numbers.tutors import SetResult


@dramatiq.actor(actor_name="companion.review_practice", subject="request_id", **QUICK)
def review_practice(request_id: str) -> None:
    """Tell a learner's tutor of a finished practice set that went badly; of each set once."""
    with job.transaction() as conn:
        for result in results_of(conn, request_id, RIGHT_FROM):
            if not _went_badly(result):
                continue
            told = note_help(conn, result)
            if told:
                post(conn, **letter_about_set(result, told))


def send_review(request_id: str) -> None:
    """Have a set looked at, unless that is on its way."""
    review_practice.send_with_options(
        kwargs={"request_id": request_id}, unique_key=f"companion.review_practice:{request_id}"
    )


def _went_badly(result: SetResult) -> bool:
    finished = 0 < result.items == result.completed
    return finished and needs_help(result.items, result.correct, result.performance)
