"""An attempt is begun within its limit, and graded once: by its submission or by the end of its time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.exc import DBAPIError

from bellwork.db.courses.seed import Seeded, add_user
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.tasks.courses.attempts import programs
from bellwork.tasks.courses.attempts.grade import grade_attempt
from bellwork.tasks.courses.attempts.time_out import time_out_attempts
from bellwork.workers.testing import enqueued, run_inline
from tests.tasks.courses.place import ask, at_once, change, do_all, one, put

if TYPE_CHECKING:
    from uuid import UUID

_ATTEMPT = """
SELECT status::text, score, total_points, CAST(percent_score AS float8), is_passing FROM {courses}.assessment_attempts
WHERE id = :id
"""
_BEGIN = "SELECT {courses}.begin_attempt(:user, :assessment)"
_RIGHT = {"multiple_choice": "4", "multi_select": '["4", "2"]', "fill_blank": "FALSE"}


def _begin(seeded: Seeded, kind: str = "quiz") -> UUID:
    with transaction() as conn:
        asked = {"user": seeded.learner, "assessment": seeded.assessments[kind]}
        found: UUID = conn.execute(sql(_BEGIN), asked).scalar_one()
    return found


def _answer(attempt: UUID, right: int = 3, **more: Any) -> None:
    """Answer the first `right` questions rightly, and the others wrongly."""
    questions = ask(
        "SELECT q.id, q.question_type::text FROM {courses}.questions q JOIN {courses}.assessment_attempts t"
        " ON t.assessment_id = q.assessment_id WHERE t.id = :id ORDER BY q.order_index",
        id=attempt,
    )
    for number, (question, kind) in enumerate(questions):
        put(
            "answers",
            attempt_id=attempt,
            question_id=question,
            response=_RIGHT[kind] if number < right else "?",
            **more,
        )


def _late(seeded: Seeded, seconds: float) -> UUID:
    """Begin an attempt of ten minutes whose time was over so many seconds ago; below 0 it is not yet."""
    change("UPDATE {courses}.assessments SET time_limit_minutes = 10")
    attempt = _begin(seeded)
    ago = "UPDATE {courses}.assessment_attempts SET started_at = now() - make_interval(mins => 10, secs => :s)"
    change(ago, s=seconds)
    return attempt


@pytest.mark.parametrize(
    ("right", "graded"),
    [
        (3, ("completed", 4, 4, 100.0, True)),
        (2, ("completed", 3, 4, 75.0, True)),
        (1, ("completed", 1, 4, 25.0, False)),
        (0, ("completed", 0, 4, 0.0, False)),
    ],
)
def test_a_submitted_attempt_is_graded_by_its_points(seeded: Seeded, right: int, graded: tuple[Any, ...]) -> None:
    """Of 1, 2 and 1 points; 70 % pass."""
    attempt = _begin(seeded)
    _answer(attempt, right)
    assert "done" == run_inline(grade_attempt, attempt_id=attempt)["state"]

    assert [graded] == ask(_ATTEMPT, id=attempt)
    points = ask("SELECT is_correct, points_earned FROM {courses}.answers ORDER BY points_earned DESC, id")
    assert right == sum(correct for correct, _ in points)
    assert graded[1] == sum(earned for _, earned in points)


@pytest.mark.parametrize(("passing", "passed"), [(75, True), (76, False)])
def test_the_threshold_is_the_assessments_own(seeded: Seeded, passing: int, passed: bool) -> None:
    """Three of four points are 75 %; the lesson is over where that passes."""
    change("UPDATE {courses}.assessments SET passing_score = :p", p=passing)
    attempt = _begin(seeded)
    _answer(attempt, 2)
    run_inline(grade_attempt, attempt_id=attempt)

    status = one("SELECT status::text FROM {courses}.lesson_progress")
    assert (passed, "completed" if passed else "in_progress") == (ask(_ATTEMPT, id=attempt)[0][-1], status)


def test_what_was_not_answered_earns_nothing(seeded: Seeded) -> None:
    """One answer of three; the total is that of all questions."""
    attempt = _begin(seeded)
    _answer(attempt)
    change("DELETE FROM {courses}.answers WHERE response <> '4'")
    run_inline(grade_attempt, attempt_id=attempt)

    assert [("completed", 1, 4, 25.0, False)] == ask(_ATTEMPT, id=attempt)


@pytest.mark.parametrize(("passing", "passes"), [(40, True), (41, None), (60, None), (61, False)])
def test_a_program_stays_ungraded_where_no_labs_are_and_says_why(
    seeded: Seeded, monkeypatch: pytest.MonkeyPatch, passing: int, passes: bool | None
) -> None:
    """Two points of five are sure, one hangs on it: whether that passes is said where it is sure."""
    monkeypatch.setattr(programs, "hosts_labs", lambda: False)
    quiz = {"assessment_id": seeded.assessments["quiz"], "order_index": 9}
    question = put("questions", **quiz, question_type="code", content="Print 4.", correct_answer="4")
    change("UPDATE {courses}.assessments SET passing_score = :p", p=passing)
    change("UPDATE {courses}.questions SET points = 1 WHERE question_type = 'multi_select'")
    change("UPDATE {courses}.questions SET points = 2 WHERE question_type = 'fill_blank'")
    attempt = _begin(seeded)
    for kind, right in (("multiple_choice", "4"), ("multi_select", '["2", "4"]'), ("fill_blank", "?")):
        asked = one(
            "SELECT id FROM {courses}.questions WHERE question_type::text = :k AND assessment_id = :a",
            k=kind,
            a=quiz["assessment_id"],
        )
        put("answers", attempt_id=attempt, question_id=asked, response=right)
    put("answers", attempt_id=attempt, question_id=question, response="print(2 + 2)")
    run_inline(grade_attempt, attempt_id=attempt)

    assert [("completed", 2, 5, 40.0, passes)] == ask(_ATTEMPT, id=attempt)
    asked_why = "SELECT is_correct, points_earned, ungraded_why FROM {courses}.answers WHERE question_id = :id"
    assert [(None, 0, programs.NO_JUDGE)] == ask(asked_why, id=question)


@pytest.mark.parametrize(("seconds", "status"), [(-30, "in_progress"), (0, "timed_out"), (3_600, "timed_out")])
def test_an_attempt_whose_time_is_over_is_graded_by_what_was_answered(
    seeded: Seeded, seconds: float, status: str
) -> None:
    """Not before; it ended when its time was over, whenever the sweep comes."""
    attempt = _late(seeded, seconds)
    _answer(attempt, created_at=datetime.now(UTC) - timedelta(minutes=70))
    assert "done" == run_inline(time_out_attempts)["state"]

    ended = ask(
        "SELECT status::text, score, completed_at - started_at FROM {courses}.assessment_attempts WHERE id = :id",
        id=attempt,
    )
    assert [(status, *((4, timedelta(minutes=10)) if status == "timed_out" else (None, None)))] == ended


def test_what_is_answered_after_the_time_counts_for_nothing(seeded: Seeded) -> None:
    """Whoever grades it, and the answer says so."""
    attempt = _late(seeded, 60)
    _answer(attempt, created_at=datetime.now(UTC) - timedelta(seconds=59))
    run_inline(grade_attempt, attempt_id=attempt)

    assert [("completed", 0, 4, 0.0, False)] == ask(_ATTEMPT, id=attempt)
    assert {("answered after the time was over",)} == set(ask("SELECT ungraded_why FROM {courses}.answers"))


def test_attempts_without_a_limit_never_time_out(seeded: Seeded) -> None:
    """However old they are."""
    attempt = _begin(seeded)
    change("UPDATE {courses}.assessment_attempts SET started_at = '2000-01-01Z'")
    run_inline(time_out_attempts)

    assert "in_progress" == ask(_ATTEMPT, id=attempt)[0][0]


@pytest.mark.parametrize("number", range(4))
def test_submission_and_sweep_at_once_are_one_grade(seeded: Seeded, number: int) -> None:
    """Four of each at the same moment: one status, one quiz of the day."""
    del number
    attempt = _late(seeded, 1)
    _answer(attempt, created_at=datetime.now(UTC) - timedelta(minutes=5))
    barrier = Barrier(8)

    def work(actor: Any, **named: Any) -> object:
        barrier.wait()
        return run_inline(actor, **named)["state"]

    with ThreadPoolExecutor(8) as pool:
        told = [pool.submit(work, grade_attempt, attempt_id=attempt) for _ in range(4)]
        told += [pool.submit(work, time_out_attempts) for _ in range(4)]

    assert {"done"} == {each.result() for each in told}
    assert ask(_ATTEMPT, id=attempt)[0][1:] == (4, 4, 100.0, True)
    assert 1 == one("SELECT sum(quizzes) FROM {courses}.learner_days")


@pytest.mark.parametrize("status", ["completed", "timed_out"])
@pytest.mark.parametrize("by", [grade_attempt, time_out_attempts], ids=lambda actor: str(actor.actor_name))
def test_what_is_graded_stays_as_it_is(seeded: Seeded, status: str, by: Any) -> None:
    """A final state is left by nothing."""
    attempt = _late(seeded, 1)
    change(
        "UPDATE {courses}.assessment_attempts SET status = CAST(:s AS {courses}.attempt_status), score = 1", s=status
    )
    assert "done" == run_inline(by, **({"attempt_id": attempt} if by is grade_attempt else {}))["state"]

    assert [(status, 1, None, None, None)] == ask(_ATTEMPT, id=attempt)


def test_many_due_attempts_are_graded_by_one_run(seeded: Seeded) -> None:
    """Set by set, each its own learner's."""
    assessment = seeded.assessments["quiz"]
    change("UPDATE {courses}.assessments SET time_limit_minutes = 10")
    with transaction() as conn:
        learners = [add_user(conn) for _ in range(100)]
    for learner in learners:
        put("assessment_attempts", user_id=learner, assessment_id=assessment, started_at="2026-01-01T00:00Z")
    run_inline(time_out_attempts)

    assert [("timed_out", 100)] == ask("SELECT status::text, count(*) FROM {courses}.assessment_attempts GROUP BY 1")
    assert 100 == one("SELECT count(*) FROM {courses}.lesson_progress")


def test_the_last_exam_completes_the_course_in_the_same_commit(seeded: Seeded) -> None:
    """Graded, passed, completed, certificate asked for."""
    exam = put("assessments", lesson_id=seeded.lessons["reading"], title="Exam", assessment_type="exam")
    choice = {"question_type": "multiple_choice", "content": "2 + 2?", "correct_answer": "4", "order_index": 0}
    question = put("questions", assessment_id=exam, **choice)
    do_all(seeded)
    attempt = put("assessment_attempts", user_id=seeded.learner, assessment_id=exam)
    put("answers", attempt_id=attempt, question_id=question, response="4")
    run_inline(grade_attempt, attempt_id=attempt)

    assert "completed" == one("SELECT status::text FROM {courses}.enrollments")
    assert 1 == len(enqueued("courses.issue_certificate"))


def test_who_begins_twice_goes_on_with_the_one_he_has(seeded: Seeded) -> None:
    """Ten at once are one attempt; after its end the next one is another, until all are taken."""
    assert 1 == len(set(at_once(lambda: _begin(seeded), 10)))
    for taken in (1, 2, 3):
        attempt = _begin(seeded)
        assert taken == one("SELECT count(*) FROM {courses}.assessment_attempts")
        run_inline(grade_attempt, attempt_id=attempt)
    with pytest.raises(DBAPIError, match="all 3 attempts of this assessment are taken"):
        _begin(seeded)


def test_the_last_attempt_is_begun_once(seeded: Seeded) -> None:
    """Two are over; of ten at once one begins the third, and it is the same for all."""
    for _ in range(2):
        run_inline(grade_attempt, attempt_id=_begin(seeded))
    attempts = set(at_once(lambda: _begin(seeded), 10))

    assert 1 == len(attempts)
    assert 3 == one("SELECT count(*) FROM {courses}.assessment_attempts")


def test_an_attempt_whose_time_is_over_is_not_gone_on_with(seeded: Seeded) -> None:
    """It counts, and another one begins; without max_attempts as many as one likes."""
    change("UPDATE {courses}.assessments SET max_attempts = NULL")
    first = _late(seeded, 1)
    second = _begin(seeded)

    assert first != second == _begin(seeded)


@pytest.mark.parametrize(
    ("user", "assessment", "reason"), [(None, "quiz", "no user"), ("learner", None, "no assessment")]
)
def test_who_or_what_is_not_there_begins_nothing(
    seeded: Seeded, user: str | None, assessment: str | None, reason: str
) -> None:
    """And is told so; nor does who asked to be erased."""
    asked = {"user": seeded.learner if user else seeded.course}
    asked["assessment"] = seeded.assessments["quiz"] if assessment else seeded.course
    with pytest.raises(DBAPIError, match=reason), transaction() as conn:
        conn.execute(sql(_BEGIN), asked)
    change("UPDATE {courses}.users SET deleted_at = now()")
    with pytest.raises(DBAPIError, match="no user"):
        _begin(seeded)
