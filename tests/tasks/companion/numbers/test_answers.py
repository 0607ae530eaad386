"""SC4: an answer moves its learner's rating once, in whatever order, number and company its jobs are run."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise, product
from typing import Any
from uuid import uuid4

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.tasks.companion.numbers.answers import update_rating
from bellwork.tasks.companion.numbers.elo import moved, performance, question_rating
from bellwork.workers import broker
from bellwork.workers.attempt import Attempt
from bellwork.workers.testing import drain, enqueued, run_due, run_inline
from tests.tasks.companion.numbers.study import (
    assignment,
    change,
    done,
    goal,
    insert,
    rating,
    read,
    rows,
    subject,
    user,
)

pytestmark = pytest.mark.usefixtures("database")


def test_sc4_an_answer_completes_its_item_and_moves_the_rating() -> None:
    """Performance, both ratings and the moment stand in the item, the new rating in the learner's row."""
    student, algebra = user(), subject()
    item = assignment(student, algebra, 4)
    job = run_inline(update_rating, assignment_id=item, correct=True, seconds=120, hints=1)
    row = read("practice_assignments", item)

    assert "done" == job["state"]
    assert (True, Decimal("0.89")) == (row["completed"], row["performance_score"])
    assert (1000, 1009) == (row["student_rating_before"], row["student_rating_after"])
    assert row["completed_at"] is not None
    assert 1009 == rating(student, algebra)


def test_sc4_fifty_answers_at_once_end_as_one_after_the_other() -> None:
    """Fifty connections, each answer delivered twice: the rating of a serial run, and each item a step of it."""
    student, algebra = user(), subject()
    items = [assignment(student, algebra, 4) for _ in range(50)]
    update_rating.send(assignment_id=items[0], correct=True, seconds=10, hints=0)
    drain()  # this process is a worker by now
    for item in items[1:] * 2:
        update_rating.send(assignment_id=item, correct=True, seconds=10, hints=0)
    jobs = [job["id"] for job in enqueued("companion.update_rating")]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda one: run_due([one]), jobs))
    drain(later=True)
    serial = [1000]
    for _ in items:
        serial.append(moved(serial[-1], question_rating(4), performance(True, 10, 0)))
    steps = rows(
        "SELECT student_rating_before AS before, student_rating_after AS after FROM {companion}.practice_assignments"
        " ORDER BY student_rating_after, student_rating_before"
    )

    assert serial[-1] == rating(student, algebra)
    assert sorted(pairwise(serial)) == sorted((step["before"], step["after"]) for step in steps)


def test_sc4_batches_that_meet_in_opposite_orders_lose_no_answer() -> None:
    """Two workers take answers of three learners, one forwards, one backwards; what has to give way comes again."""
    algebra, students = subject(), [user() for _ in range(3)]
    for student in students + students[::-1]:
        for _ in range(3):
            update_rating.send(assignment_id=assignment(student, algebra), correct=True, seconds=10, hints=0)
    drain("content")  # this process is a worker by now
    ids = [job["id"] for job in enqueued("companion.update_rating")]
    with transaction() as conn:
        claimed = ledger.claim(conn, broker.worker_id, ids, list(broker.actors))
    claimed.sort(key=lambda job: job.id)
    halves = [[Attempt(job) for job in half] for half in (claimed[:9], claimed[9:])]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(broker.batch_actor, halves))
    drain("companion-fast", later=True)
    serial = 1000
    for _ in range(6):
        serial = moved(serial, question_rating(4), performance(True, 10, 0))

    assert 18 == len(claimed)
    assert {serial} == {rating(student, algebra) for student in students}


def test_sc4_what_is_delivered_again_or_late_changes_nothing() -> None:
    """A second and a third job of an item, with other figures in them: the first one's rows stay."""
    student, algebra = user(), subject()
    item = assignment(student, algebra)
    run_inline(update_rating, assignment_id=item, correct=True, seconds=10, hints=0)
    before = read("practice_assignments", item)
    for correct in (False, True):
        job = run_inline(update_rating, assignment_id=item, correct=correct, seconds=500, hints=3)

        assert "done" == job["state"]
    assert before == read("practice_assignments", item)
    assert 1013 == rating(student, algebra)


def test_sc4_what_cannot_be_an_answer_is_dead_with_its_reason() -> None:
    """Nothing is guessed and nothing is half written."""
    item = assignment(user(), subject())
    answers: list[tuple[dict[str, Any], str]] = [
        ({"seconds": -1}, "0 or more seconds"),
        ({"hints": -1}, "0 or more seconds"),
        ({"seconds": "soon"}, "seconds (a number)"),
        ({"correct": "false"}, "true or false"),
        ({"hints": 0.5}, "hints (a whole number)"),
        ({"assignment_id": uuid4()}, "there is no practice assignment"),
        ({"assignment_id": "not-a-uuid"}, "assignment_id"),
    ]
    for answer, reason in answers:
        job = run_by_name({"assignment_id": item, "correct": True, "seconds": 1, "hints": 0, **answer})

        assert "dead" == job["state"]
        assert reason in job["reason"]
    assert not read("practice_assignments", item)["completed"]


def run_by_name(args: dict[str, Any]) -> dict[str, Any]:
    """Run an answer as a caller in SQL enqueues it, who is checked by nobody; returns the job's row."""
    [row] = rows(
        "SELECT bellwork.enqueue('companion.update_rating', CAST(:args AS jsonb)) AS id",
        args=json.dumps(args, default=str),
    )
    drain(later=True)
    [job] = rows("SELECT state, reason FROM bellwork.job_history WHERE id = :id", id=row["id"])
    return job


def test_sc4_an_item_without_a_subject_moves_no_rating() -> None:
    """It is completed with its performance, once."""
    student = user()
    item = assignment(student, None)
    for correct in (True, False):
        run_inline(update_rating, assignment_id=item, correct=correct, seconds=10, hints=0)
    row = read("practice_assignments", item)

    assert (True, Decimal("1.00"), None) == (row["completed"], row["performance_score"], row["student_rating_after"])
    assert [] == rows("SELECT * FROM {companion}.student_ratings")


def test_sc4_an_item_of_unknown_difficulty_is_taken_to_suit_the_learner() -> None:
    """The bank's difficulty where the item has none, else the one for the rating."""
    student, algebra = user(), subject()
    of_bank = insert("practice_bank_items", question_text="?", answer_text="!", subject_id=algebra, difficulty_level=10)
    run_inline(update_rating, assignment_id=assignment(student, algebra, None), correct=True, seconds=1, hints=0)
    first = rating(student, algebra)
    item = assignment(student, algebra, None, source="bank", bank_item_id=of_bank)
    run_inline(update_rating, assignment_id=item, correct=True, seconds=1, hints=0)

    assert (moved(1000, question_rating(4), Decimal(1)), moved(1013, 2000, Decimal(1))) == (
        first,
        rating(student, algebra),
    )


def test_sc4_an_item_that_another_hand_completed_still_moves_the_rating_once() -> None:
    """An API layer marked it first: its moment stays, and the effect is counted."""
    student, algebra = user(), subject()
    at = datetime(2026, 3, 1, tzinfo=UTC)
    item = done(student, algebra, at, student_rating_after=None, performance_score=None)
    for _ in range(2):
        run_inline(update_rating, assignment_id=item, correct=True, seconds=10, hints=0)

    assert at == read("practice_assignments", item)["completed_at"]
    assert 1013 == rating(student, algebra)


@pytest.mark.parametrize(("stored", "after"), [(None, 1013), (2500, 2000), (-141, 431)])
def test_sc4_an_old_rating_out_of_bounds_is_taken_back_into_them(stored: int | None, after: int) -> None:
    """What the document's function once stored (NULL, 2500, -141) is mended by the next answer."""
    student, algebra = user(), subject()
    insert("student_ratings", student_id=student, subject_id=algebra, rating=stored)
    run_inline(update_rating, assignment_id=assignment(student, algebra), correct=True, seconds=10, hints=0)

    assert after == rating(student, algebra)


def test_sc4_the_function_in_sql_moves_ratings_alike() -> None:
    """update_student_rating and the workers agree, from both bounds to the middle and for every difficulty."""
    student, algebra = user(), subject()
    insert("student_ratings", student_id=student, subject_id=algebra)
    cases = list(product((400, 401, 640, 999, 1000, 1289, 1700, 1999, 2000), range(1, 11), (0, 37, 50, 100)))
    for before, difficulty, hundredths in cases:
        change("UPDATE {companion}.student_ratings SET rating = :before", before=before)
        performed = Decimal(hundredths).scaleb(-2)
        [found] = rows(
            "SELECT {companion}.update_student_rating(:student, :subject, :question, :performed) AS rating",
            student=student,
            subject=algebra,
            question=question_rating(difficulty),
            performed=performed,
        )

        assert moved(before, question_rating(difficulty), performed) == found["rating"]


def test_sc4_an_answer_has_its_goals_and_its_learner_counted_anew() -> None:
    """The subject's active goals and those the item is tagged with; without one, the learner alone."""
    student, algebra, other = user(), subject(), subject("Biology")
    of_subject, tagged = goal(student, algebra), goal(student, other)
    goal(student, algebra, status="paused"), goal(student, other), goal(user(), algebra)
    item = assignment(student, algebra, goal_tags=["SAT", str(tagged)])
    alone = user()
    for each in (item, assignment(alone, algebra)):
        run_inline(update_rating, assignment_id=each, correct=True, seconds=10, hints=0)

    assert sorted(map(str, (of_subject, tagged))) == sorted(
        job["args"]["goal_id"] for job in enqueued("companion.recompute_goal")
    )
    assert [str(alone)] == [job["args"]["student_id"] for job in enqueued("companion.recompute_learner")]


def test_sc4_a_burst_is_one_count_and_what_comes_meanwhile_is_one_more() -> None:
    """Ten answers leave one waiting job for their goal; each answer after its claim is seen by exactly one more."""
    student, algebra = user(), subject()
    goal(student, algebra)
    for item in [assignment(student, algebra) for _ in range(10)]:
        run_inline(update_rating, assignment_id=item, correct=True, seconds=10, hints=0)

    assert 1 == len(enqueued("companion.recompute_goal"))
