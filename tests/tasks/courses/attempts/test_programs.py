"""An answer that is a program is run in a sandbox, and right where it prints what is expected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.tasks.courses.attempts import programs
from bellwork.tasks.courses.attempts.grade import grade_attempt
from bellwork.tasks.courses.attempts.time_out import time_out_attempts
from bellwork.tasks.courses.labs import sweep
from bellwork.tasks.providers import LabOrder
from bellwork.workers.testing import drain, run_inline
from tests.tasks.courses.place import ask, change, one, put
from tests.tasks.providers.labs.conftest import host  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from uuid import UUID

    from bellwork.db.courses.seed import Seeded
    from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap

_ANSWER = "SELECT is_correct, points_earned, ungraded_why FROM {courses}.answers WHERE attempt_id = :id"


@pytest.fixture
def question(seeded: Seeded, host: Bubblewrap, monkeypatch: pytest.MonkeyPatch) -> UUID:  # noqa: F811 - the fixture
    """A question of two points, the quiz's only one: double a number that is read."""
    monkeypatch.setattr(programs, "hosts_labs", lambda: True)
    monkeypatch.setattr(programs, "labs", lambda: host)
    change("DELETE FROM {courses}.questions")
    code = {"question_type": "code", "content": "Double it.", "correct_answer": "42\n", "options": {"stdin": "21"}}
    return put("questions", assessment_id=seeded.assessments["quiz"], **code, points=2, order_index=0)


def _attempt(seeded: Seeded, question: UUID, response: str, **more: Any) -> UUID:
    attempt = put("assessment_attempts", user_id=seeded.learner, assessment_id=seeded.assessments["quiz"], **more)
    put("answers", attempt_id=attempt, question_id=question, response=response, created_at="2026-01-01T00:01Z")
    return attempt


@pytest.mark.parametrize(
    ("program", "right"),
    [
        ("print(int(input()) * 2)", True),
        ("print(int(input()) * 2, '  \\n\\n')", True),
        ("print(43)", False),
        ("print(42); raise SystemExit(1)", False),
        ("print(42", False),
        ("", False),
    ],
)
def test_a_program_is_right_where_it_prints_what_is_expected(
    seeded: Seeded, question: UUID, program: str, right: bool
) -> None:
    """It reads what the question gives it, and has to end well."""
    attempt = _attempt(seeded, question, program)
    assert "done" == run_inline(grade_attempt, attempt_id=attempt)["state"]

    assert [(right, 2 * right, None)] == ask(_ANSWER, id=attempt)
    assert right is one("SELECT is_passing FROM {courses}.assessment_attempts")


def test_a_sandbox_that_a_dead_worker_left_is_ended_by_the_next_program(
    seeded: Seeded,
    question: UUID,
    host: Bubblewrap,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where no lab has a session; a young one is another worker's, who waits for it."""
    host.create(LabOrder("code-left"))
    run_inline(grade_attempt, attempt_id=_attempt(seeded, question, "print(42)"))
    assert ["code-left"] == [each.id for each in host.held()]

    monkeypatch.setattr(sweep, "PASSING", 0.0)
    run_inline(grade_attempt, attempt_id=_attempt(seeded, question, "print(42)"))
    assert [] == host.held()


def test_programs_for_which_no_time_is_left_are_not_graded_and_say_so(
    seeded: Seeded, question: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many that never end cannot keep an attempt from its grade; the first one is run."""
    monkeypatch.setattr(programs, "monotonic", iter((0.0, 60.0, 60.1)).__next__)
    code = {"question_type": "code", "content": "Again.", "correct_answer": "42"}
    second = put("questions", assessment_id=seeded.assessments["quiz"], **code, points=2, order_index=1)
    attempt = _attempt(seeded, question, "print(42)")
    put("answers", attempt_id=attempt, question_id=second, response="print(42)", created_at="2026-01-01T00:01Z")
    assert "done" == run_inline(grade_attempt, attempt_id=attempt)["state"]

    said = "no time was left: the programs of one attempt share 60 s"
    assert [(None, 0, said), (True, 2, None)] == sorted(ask(_ANSWER, id=attempt), key=str)


def test_a_program_is_run_when_the_time_is_over(seeded: Seeded, question: UUID) -> None:
    """By a job of its own, once however often the sweep comes; it ended when its time was over."""
    change("UPDATE {courses}.assessments SET time_limit_minutes = 10")
    attempt = _attempt(seeded, question, "print(42)", started_at="2026-01-01T00:00Z")
    for _ in range(3):
        run_inline(time_out_attempts)
    assert 1 == one("SELECT count(*) FROM bellwork.jobs WHERE actor = 'courses.grade_attempt'")
    drain("courses")

    ended = ask(
        "SELECT status::text, score, completed_at FROM {courses}.assessment_attempts WHERE id = :id", id=attempt
    )
    assert [("timed_out", 2, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=10))] == ended


def test_an_answer_that_is_changed_while_it_is_run_is_run_again(
    seeded: Seeded, question: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is graded is what was run."""
    attempt = _attempt(seeded, question, "print(41)")
    run = programs.run_programs

    def changed(asked: Any) -> Any:
        monkeypatch.undo()
        monkeypatch.setattr(programs, "hosts_labs", lambda: False)
        ran = run(asked)
        change("UPDATE {courses}.answers SET response = 'print(42)'")
        return ran

    monkeypatch.setattr("bellwork.tasks.courses.attempts.grade.run_programs", changed)
    assert "done" != run_inline(grade_attempt, attempt_id=attempt)["state"]
    drain("courses", later=True)

    assert [(None, 0, programs.NO_JUDGE)] == ask(_ANSWER, id=attempt)
    assert "completed" == one("SELECT status::text FROM {courses}.assessment_attempts")


def test_programs_of_an_attempt_that_is_graded_are_not_run_again(
    seeded: Seeded, question: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second delivery finds the grade, and needs no sandbox."""
    attempt = _attempt(seeded, question, "print(42)")
    run_inline(grade_attempt, attempt_id=attempt)
    ran: list[object] = []
    monkeypatch.setattr(programs, "labs", lambda: ran.append(1))

    assert ("done", []) == (run_inline(grade_attempt, attempt_id=attempt)["state"], ran)
