"""An answer that nobody is sure of goes to the learner's tutor (SC12)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import dramatiq

from bellwork.db.companion.numbers.tutors import escalate, lock_question
from bellwork.tasks.companion.numbers.confidence import Confidence, band
from bellwork.tasks.companion.numbers.options import QUICK
from bellwork.tasks.companion.numbers.words import letter_about_question
from bellwork.tasks.letters import post
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from bellwork.db.companion.numbers.tutors import Question


@dramatiq.actor(actor_name="companion.escalate_question", subject="qa_id", **QUICK)
def escalate_question(qa_id: UUID) -> None:
    """Name the tutor for a question whose answer is of low confidence, and write to him once.

    Out of scope, and asked back, it needs none. Where no tutor is assigned yet, a later job finds one.
    """
    with job.transaction() as conn:
        question = lock_question(conn, qa_id)
        if question is None:
            raise Permanent(f"there is no question {qa_id}")
        if question.escalated or question.needs_nobody or not is_low(question):
            return
        told = escalate(conn, qa_id)
        if told:
            post(conn, **letter_about_question(question, told))


def is_low(question: Question) -> bool:
    """Tell whether an answer is of low confidence: by its score where it has one, else by its word."""
    word = question.confidence if question.score is None else band(question.score)
    return word == Confidence.LOW
