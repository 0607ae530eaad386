"""What tutors are written: plain words, with what they need to help and nothing that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.tasks.providers.text import plain

if TYPE_CHECKING:
    from bellwork.db.companion.numbers.tutors import Question, SetResult, Told

#: Kinds of letters here: one unsubscribes from each by itself.
QUESTION, HELP, WEEK = "question", "help", "week"
_QUESTION = """{student} asked the study companion:

  {query}

It is not sure of its answer. Please look at it with {student}, or write the answer in its place.
"""
_SET = """{student} has finished a practice set in {subject}: {correct} of {items} items were right.

A few words from you would help before the next set.
"""


def letter_about_question(question: Question, told: Told) -> dict[str, Any]:
    """Return the letter about a question, for its tutor."""
    words = {"student": _named(told), "query": plain(question.query, 1_000)}
    return _letter(QUESTION, str(question.id), told, "A question of your student needs you", _QUESTION.format(**words))


def letter_about_set(result: SetResult, told: Told) -> dict[str, Any]:
    """Return the letter about a practice set, for its learner's tutor."""
    words = {
        "student": _named(told),
        "subject": plain(result.subject, 100),
        "correct": result.correct,
        "items": result.items,
    }
    about = f"{result.student_id}:{result.request_id}"
    return _letter(HELP, about, told, "Your student could use your help", _SET.format(**words))


def _named(told: Told) -> str:
    """Name a learner as the profile does, or by the address of the account, which `plain` would take for a link."""
    return plain(told.student, 100) or "".join(told.student.split())[:254]


def _letter(kind: str, about: str, told: Told, subject: str, text: str) -> dict[str, Any]:
    return {
        "key": f"companion.{kind}:{about}",
        "system": "companion",
        "kind": kind,
        "person": str(told.tutor_id),
        "to": told.email,
        "subject": subject,
        "text": text,
        "can_unsubscribe": True,
    }
