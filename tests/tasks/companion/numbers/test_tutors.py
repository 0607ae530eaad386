"""SC12, SC13: a tutor is told of an answer that nobody is sure of, and of a practice set that went badly; each once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from bellwork.tasks.companion.numbers.answers import update_rating
from bellwork.tasks.companion.numbers.help import attempts, needs_help
from bellwork.tasks.companion.numbers.practice import assign_practice
from bellwork.tasks.companion.numbers.questions import escalate_question
from bellwork.tasks.companion.numbers.reviews import review_practice
from bellwork.workers.testing import drain, enqueued, run_due, run_inline
from tests.tasks.companion.numbers.study import insert, read, rows, subject, user

if TYPE_CHECKING:
    from uuid import UUID


def letters() -> list[dict[str, Any]]:
    """Return the letters that were posted."""
    return rows("SELECT key, kind, recipient, subject, body FROM bellwork.letters ORDER BY id")


def assigned(student: UUID, subject_id: UUID | None, **columns: Any) -> UUID:
    """Assign a tutor of his own to a student."""
    tutor = user("tutor")
    insert("tutor_student_assignments", tutor_id=tutor, student_id=student, subject_id=subject_id, **columns)
    return tutor


def question(student: UUID, **columns: Any) -> UUID:
    """Insert a question with an answer of low confidence."""
    row = {"query": "Why is the sky blue?", "answer": "It may be.", "confidence": "Low", **columns}
    return insert("qa_interactions", student_id=student, **row)


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("columns", "escalated"),
    [
        ({"confidence_score": Decimal("0.49")}, True),
        ({"confidence_score": Decimal("0.50")}, False),
        ({}, True),
        ({"confidence": "Medium"}, False),
        ({"confidence": "Medium", "confidence_score": Decimal("0.10")}, True),
        ({"out_of_scope": True, "confidence_score": 0}, False),
        ({"clarification_requested": True}, False),
        ({"tutor_escalation_suggested": True}, True),
    ],
)
def test_sc12_an_answer_of_low_confidence_goes_to_the_tutor(columns: dict[str, Any], escalated: bool) -> None:
    """By its score where it has one; out of scope, or asked back, it goes to nobody."""
    student = user(profile={"name": "Ada"})
    tutor = assigned(student, None)
    qa_id = question(student, **columns)
    run_inline(escalate_question, qa_id=qa_id)
    row = read("qa_interactions", qa_id)

    assert (tutor if escalated else None) == row["escalated_to_tutor_id"]
    assert [f"companion.question:{qa_id}"] * escalated == [letter["key"] for letter in letters()]
    assert not escalated or row["tutor_escalation_suggested"]
    assert not escalated or "Ada asked the study companion:\n\n  Why is the sky blue?" in letters()[0]["body"]


@pytest.mark.usefixtures("place")
def test_sc12_the_tutor_of_the_subject_is_told_once() -> None:
    """Active, for its subject before one for whatever comes, the oldest; twenty jobs at once write one letter."""
    student, algebra, biology = user(), subject(), subject("Biology")
    today = datetime.now(UTC).date()
    for columns in (
        {"status": "paused"},
        {"end_date": today - timedelta(days=2)},
        {"start_date": today + timedelta(days=2)},
    ):
        assigned(student, algebra, **columns)
    assigned(student, None), assigned(student, biology)
    mine = assigned(student, algebra, assigned_at=datetime(2025, 1, 1, tzinfo=UTC))
    assigned(student, algebra, assigned_at=datetime(2025, 1, 2, tzinfo=UTC))
    qa_id = question(student, context_subjects=["ALGEBRA"])
    run_inline(escalate_question, qa_id=question(user()))
    for _ in range(20):
        escalate_question.send(qa_id=qa_id)
    jobs = [job["id"] for job in enqueued("companion.escalate_question")]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda one: run_due([one]), jobs))
    drain("companion-fast", later=True)

    assert mine == read("qa_interactions", qa_id)["escalated_to_tutor_id"]
    assert [read("users", mine)["email"]] == [letter["recipient"] for letter in letters()]


@pytest.mark.usefixtures("place")
def test_sc12_a_tutor_who_is_assigned_later_is_told_then() -> None:
    """Until then it is suggested only; a question that is not there is dead with its reason."""
    student = user()
    qa_id = question(student)
    run_inline(escalate_question, qa_id=qa_id)
    before = read("qa_interactions", qa_id)
    tutor = assigned(student, None)
    run_inline(escalate_question, qa_id=qa_id)
    gone = run_inline(escalate_question, qa_id=uuid4())

    assert (True, None) == (before["tutor_escalation_suggested"], before["escalated_to_tutor_id"])
    assert tutor == read("qa_interactions", qa_id)["escalated_to_tutor_id"]
    assert 1 == len(letters())
    assert ("dead", True) == (gone["state"], "there is no question" in gone["reason"])


@pytest.mark.parametrize(
    ("items", "correct", "performance", "wanted"),
    [
        (5, 2, "0.70", True),
        (4, 2, "0.70", False),
        (4, 1, "1.00", True),
        (5, 3, "0.40", False),
        (5, 3, "0.39", True),
        (5, 5, "0.90", False),
        (5, 0, None, True),
    ],
)
def test_sc13_when_a_set_asks_for_help(items: int, correct: int, performance: str | None, wanted: bool) -> None:
    """Less than half right, or more than two attempts an item."""
    assert wanted is needs_help(items, correct, performance and Decimal(performance))  # type: ignore[arg-type]


def test_sc13_attempts_are_told_by_performance() -> None:
    """One from 0.70, two from 0.40, else three."""
    assert [1, 2, 2, 3, 3] == [attempts(Decimal(each)) for each in ("0.70", "0.69", "0.40", "0.39", "0.00")]


@pytest.mark.usefixtures("place")
def test_sc13_the_last_answer_of_a_set_that_went_badly_tells_the_tutor() -> None:
    """Not before it is finished, once, and not of a set that went well; a tutor of another subject hears nothing."""
    student, algebra = user(profile={"name": "Ada"}), subject()
    assigned(student, subject("Biology"))
    tutor = assigned(student, algebra)
    for request_id in ("bad", "good"):
        run_inline(assign_practice, student_id=student, subject_id=algebra, request_id=request_id, count=4)
    items = {
        each: [row["assignment_id"] for row in rows(
            "SELECT assignment_id FROM {companion}.practice_set_items WHERE request_id = :each", each=each)]
        for each in ("bad", "good")
    }  # fmt: skip
    for number, item in enumerate(items["bad"][:3]):
        run_inline(update_rating, assignment_id=item, correct=number == 0, seconds=30, hints=0)
    run_inline(review_practice, request_id="bad")
    drain("companion-fast")
    early = letters()
    for item in (items["bad"][3], *items["good"]):
        update_rating.send(assignment_id=item, correct=item in items["good"], seconds=30, hints=0)
    drain("companion-fast")
    run_inline(review_practice, request_id="bad")
    [letter] = letters()

    assert [] == early
    assert ("help", read("users", tutor)["email"]) == (letter["kind"], letter["recipient"])
    assert "Ada has finished a practice set in Algebra: 1 of 4 items were right." in letter["body"]
    assert "done" == run_inline(review_practice, request_id="nothing")["state"]


@pytest.mark.usefixtures("place")
def test_sc13_two_last_answers_at_once_are_seen_as_the_end() -> None:
    """Whichever commits second sees that the set is finished."""
    student, algebra = user(), subject()
    assigned(student, algebra)
    run_inline(assign_practice, student_id=student, subject_id=algebra, request_id="r1", count=8)
    for row in rows("SELECT assignment_id FROM {companion}.practice_set_items"):
        update_rating.send(assignment_id=row["assignment_id"], correct=False, seconds=200, hints=9)
    jobs = [job["id"] for job in enqueued("companion.update_rating")]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: run_due([one]), jobs))
    drain("companion-fast", later=True)

    assert 1 == len(letters())
