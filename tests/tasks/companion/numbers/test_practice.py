"""SC5: a set is filled from the bank first, then made; nothing is given twice, and what is made is flagged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from bellwork.tasks.companion.numbers.practice import assign_practice
from bellwork.workers.testing import drain, enqueued, run_due, run_inline
from tests.tasks.companion.numbers.study import insert, rows, subject, user
from tests.tasks.providers.openai_server import answer, busy, status

if TYPE_CHECKING:
    from uuid import UUID

    from tests.tasks.providers.openai_server import OpenAIServer


def bank(subject_id: UUID, *difficulties: int, **columns: Any) -> list[UUID]:
    """Insert questions of these difficulties into the bank."""
    return [
        insert("practice_bank_items", subject_id=subject_id, difficulty_level=difficulty, answer_text="!",
               **{"question_text": f"Question {uuid4()}?", **columns})
        for difficulty in difficulties
    ]  # fmt: skip


def given(student: UUID, request_id: str = "r1") -> list[dict[str, Any]]:
    """Return what a set has been given, in its order."""
    return rows(
        "SELECT a.* FROM {companion}.practice_set_items i JOIN {companion}.practice_assignments a"
        " ON a.id = i.assignment_id WHERE i.student_id = :student AND i.request_id = :request ORDER BY i.place",
        student=student,
        request=request_id,
    )


def progress(student: UUID, request_id: str = "r1") -> dict[str, Any]:
    """Return how far a set is."""
    [found] = rows(
        "SELECT * FROM {companion}.practice_progress WHERE student_id = :student AND request_id = :request",
        student=student,
        request=request_id,
    )
    return found


def made(*questions: str) -> Any:
    """Let the model write these items."""
    return answer({"items": [{"question": each, "answer": "1", "explanation": "So."} for each in questions]})


@pytest.mark.usefixtures("place")
def test_sc5_the_banks_nearest_items_come_first_then_wider_ones_then_made_ones() -> None:
    """Difficulty 4 for a rating of 1000: 3 to 5, then 1 to 7, and the rest is made and flagged."""
    student, algebra = user(), subject()
    near, wide = bank(algebra, 3, 4, 5, goal_tags=["SAT"]), bank(algebra, 1, 7)
    bank(algebra, 8, 10), bank(algebra, 4, is_active=False), bank(subject("Biology"), 4)
    job = run_inline(assign_practice, student_id=student, subject_id=algebra, request_id="r1", count=7)
    found, how = given(student), progress(student)

    assert "done" == job["state"]
    assert set(near) == {row["bank_item_id"] for row in found[:3]}
    assert set(wide) == {row["bank_item_id"] for row in found[3:5]}
    assert [("bank", False)] * 5 + [("ai_generated", True)] * 2 == [(row["source"], row["flagged"]) for row in found]
    assert [["SAT"]] * 3 + [None] * 4 == [row["goal_tags"] for row in found]
    assert {1000} == {row["student_rating_before"] for row in found}
    assert [4, 4] == [row["difficulty_level"] for row in found[5:]]
    assert ("completed", 7, 7, None) == (how["state"], how["wanted"], how["made"], how["reason"])


@pytest.mark.usefixtures("place")
def test_sc5_a_set_is_five_items_and_nothing_is_ever_given_twice() -> None:
    """Neither a bank's item, nor its question under another id, nor one that was made, in any later set."""
    student, algebra = user(), subject()
    bank(algebra, 4, 4, 4), bank(algebra, 4, question_text="The same?"), bank(algebra, 5, question_text="the  SAME? ")
    for number in range(4):
        run_inline(assign_practice, student_id=student, subject_id=algebra, request_id=f"r{number}")
    questions = rows(
        "SELECT coalesce(a.ai_question_text, b.question_text) AS question FROM {companion}.practice_assignments a"
        " LEFT JOIN {companion}.practice_bank_items b ON b.id = a.bank_item_id"
    )

    assert [5] * 4 == [len(given(student, f"r{number}")) for number in range(4)]
    assert 20 == len({" ".join(row["question"].casefold().split()) for row in questions})


@pytest.mark.usefixtures("place")
def test_sc5_jobs_of_a_set_that_come_twice_late_or_at_once_leave_one_set() -> None:
    """Three jobs of each of four sets side by side: twenty items, all different, in places one to five."""
    student, algebra = user(), subject()
    bank(algebra, *[4] * 12)
    assign_practice.send(student_id=student, subject_id=algebra, request_id="first", count=1)
    drain()
    for request_id in ("a", "b", "c", "d"):
        for _ in range(3):
            assign_practice.send(student_id=student, subject_id=algebra, request_id=request_id)
    jobs = [job["id"] for job in enqueued("companion.assign_practice")]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda one: run_due([one]), jobs))
    drain(later=True)
    before = rows(
        "SELECT count(*) AS items, count(DISTINCT bank_item_id) AS bank FROM {companion}.practice_assignments"
    )
    run_inline(assign_practice, student_id=student, subject_id=algebra, request_id="a", count=9)

    assert [{"items": 21, "bank": 12}] == before
    assert 5 == len(given(student, "a"))
    assert [("completed", 5)] * 4 == [
        (how["state"], how["made"]) for how in (progress(student, each) for each in "abcd")
    ]


def test_sc5_what_the_model_repeats_or_spoils_is_asked_for_again(model: OpenAIServer) -> None:
    """Up to five times; what it wrote well is kept, and it is told what the learner had."""
    student, algebra = user(), subject()
    model.behave(made("One?", "one? "), made("One?", "Two?"), made("", "shit?"), made("3?", "4?", "5?", "6?"))
    run_inline(assign_practice, student_id=student, subject_id=algebra, request_id="r1")

    assert ["One?", "Two?", "3?", "4?", "5?"] == [row["ai_question_text"] for row in given(student)]
    assert 4 == len(model.requests)
    assert '"had": ["One?", "Two?"]' in model.requests[2].body["messages"][1]["content"]


def test_sc5_a_set_that_cannot_be_filled_ends_with_what_there_is(model: OpenAIServer) -> None:
    """After five tries; and where there is nothing at all, it has failed. Both say so."""
    student, algebra = user(), subject()
    model.behave(made("One?"))
    run_inline(assign_practice, student_id=student, subject_id=algebra, request_id="r1")
    run_inline(assign_practice, student_id=student, subject_id=algebra, request_id="r2")
    short, none = progress(student), progress(student, "r2")

    assert 10 == len(model.requests)
    assert ("completed", 1) == (short["state"], short["made"])
    assert "1 of 5 items: no more that are new could be made" == short["reason"]
    assert ("failed", 0) == (none["state"], none["made"])


def test_sc5_what_was_given_stays_when_the_model_fails_and_the_rest_comes_later(model: OpenAIServer) -> None:
    """Progress is visible in between; the job that goes on gives what is missing, and no more."""
    student, algebra = user(), subject()
    bank(algebra, 4, 4)
    model.behave(made("One?"), busy("60"))
    run_inline(assign_practice, student_id=student, subject_id=algebra, request_id="r1")
    waiting = progress(student)
    model.behave(status(401, {}))
    drain(later=True)
    failed = progress(student)
    model.behave(made("Two?", "Three?"))
    run_inline(assign_practice, student_id=student, subject_id=algebra, request_id="r1")

    assert ("processing", 3) == (waiting["state"], waiting["made"])
    assert ("failed", 3) == (failed["state"], failed["made"])
    assert ["One?", "Two?", "Three?"] == [row["ai_question_text"] for row in given(student)[2:]]
    assert ("completed", 5, None) == tuple(progress(student)[name] for name in ("state", "made", "reason"))


@pytest.mark.usefixtures("place")
def test_sc5_an_order_of_nothing_is_dead_with_its_reason() -> None:
    """And nothing is given."""
    student, algebra = user(), subject()
    insert_set(student, subject("Biology"))
    orders: list[tuple[dict[str, Any], str]] = [
        ({"student_id": uuid4()}, "no student"),
        ({"subject_id": uuid4()}, "no subject"),
        ({"count": 0}, "1 to 50"),
        ({"count": 51}, "1 to 50"),
        ({"request_id": ""}, "1 to 100"),
        ({"request_id": "r" * 101}, "1 to 100"),
        ({"request_id": "other"}, "another subject"),
    ]
    for asked, reason in orders:
        job = run_inline(
            assign_practice, **{"student_id": student, "subject_id": algebra, "request_id": "r1", "count": 5, **asked}
        )

        assert "dead" == job["state"]
        assert reason in job["reason"]
    assert [] == rows("SELECT * FROM {companion}.practice_assignments")
    assert "pending" == progress(student, "other")["state"]


def insert_set(student: UUID, subject_id: UUID) -> None:
    """Enter a set named `other`, as an API layer may that wants to show it before its job begins."""
    rows(
        "INSERT INTO {companion}.practice_sets (student_id, request_id, subject_id, wanted)"
        " VALUES (:student, 'other', :subject, 5) RETURNING state",
        student=student,
        subject=subject_id,
    )
