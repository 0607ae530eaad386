"""What `courses` and `companion` know is mirrored, once; what is gone there goes here; a source may be away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from bellwork.db.courses.seed import Seeded, add, add_user, enroll, seed_course
from bellwork.db.engine import forget, transaction
from bellwork.db.support.concerns import concerns
from bellwork.db.support.erase import erase
from bellwork.tasks.support import take_in as taking
from bellwork.tasks.support.take_in import take_in
from bellwork.workers.testing import drain, run_inline
from tests.tasks.support import office, school

if TYPE_CHECKING:
    from uuid import UUID

NOW = datetime.now(UTC)
_MIRROR = {
    "people": "SELECT id, email, name, time_zone FROM support.user_profiles ORDER BY id",
    "courses": "SELECT id, title, owner_id FROM support.courses ORDER BY id",
    "enrollments": """SELECT id, user_id, course_id, status, completion_percentage, ends_at
                      FROM support.student_enrollments ORDER BY id""",
    "attempts": "SELECT enrollment_id, passed, score, submitted_at, source_id FROM support.quiz_attempts ORDER BY 5",
    "lessons": "SELECT enrollment_id, completed_at, source_id FROM support.topic_completions ORDER BY 3",
    "questions": "SELECT enrollment_id, escalated_at, source_id FROM support.escalations ORDER BY 3",
}
_USER = """
INSERT INTO companion.users (id, cognito_sub, email, role) VALUES (:id, :sub, :email, 'student') ON CONFLICT DO NOTHING
"""
_QUESTION = """
INSERT INTO companion.qa_interactions (student_id, query, answer, confidence, confidence_score,
    tutor_escalation_suggested, created_at)
VALUES (:id, 'why?', 'ask', 'Low', 0.2, true, :at) RETURNING id
"""


@pytest.fixture
def campus(empty: str, monkeypatch: pytest.MonkeyPatch) -> Seeded:
    """A course with a learner, of whom support knows nothing yet."""
    del empty
    school.change("TRUNCATE courses.users, courses.lab_templates, companion.users, support.sources CASCADE")
    monkeypatch.setenv("SUPPORT_SOURCE", "courses")
    forget()
    with transaction() as conn:
        seeded = seed_course(conn)
    school.change("UPDATE courses.enrollments SET enrolled_at = :at", at=NOW - timedelta(days=5))
    return seeded


def done(seeded: Seeded, *, lesson: str = "quiz", passed: bool | None = None, ago: float = 1) -> UUID:
    """Let the learner have handed in an attempt, or (without `passed`) completed a lesson, so many hours ago."""
    at = NOW - timedelta(hours=ago)
    with transaction() as conn:
        if passed is None:
            row = {"lesson_id": seeded.lessons[lesson], "status": "completed", "completed_at": at, "updated_at": at}
            return add(conn, "lesson_progress", user_id=seeded.learner, **row)
        row = {"status": "completed", "is_passing": passed, "percent_score": 90 if passed else 20, "completed_at": at}
        return add(conn, "assessment_attempts", user_id=seeded.learner, assessment_id=seeded.assessments[lesson], **row)


def asked(learner: UUID, *, at: datetime | None = None) -> UUID:
    """Let a question of a learner have been handed to a person."""
    sub = str(learner)
    with transaction() as conn:
        conn.execute(text(_USER), {"id": learner, "sub": sub, "email": f"{sub}@x.example"})
        row = {"id": learner, "at": at or NOW - timedelta(hours=1)}
        return conn.execute(text(_QUESTION), row).scalar_one()  # type: ignore[no-any-return]


def mirror() -> dict[str, list[tuple[Any, ...]]]:
    """Return all that was taken in."""
    return {name: [tuple(row) for row in school.ask(statement)] for name, statement in _MIRROR.items()}


def test_what_courses_knows_is_here_after_one_run_and_the_same_after_three(campus: Seeded) -> None:
    """People with names and owners, enrollments with progress, attempts in percent, lessons; nothing twice."""
    attempt, lesson = done(campus, passed=False), done(campus, lesson="reading")
    question = asked(campus.learner)
    with transaction() as conn:
        add(conn, "course_progress", enrollment_id=campus.enrollment, percent_complete=40)
        add_user(conn, "Nobody")
    run_inline(take_in)
    found = mirror()
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: run_inline(take_in), range(3)))

    assert found == mirror()
    assert {campus.learner, campus.instructor} == {row[0] for row in found["people"]}
    assert {"Ada Moss", "Grace Reed"} == {row[2] for row in found["people"]}
    assert [(campus.course, "Programming with Python", campus.instructor)] == found["courses"]
    assert [(campus.enrollment, campus.learner, campus.course, "active", 40, None)] == found["enrollments"]
    assert [(campus.enrollment, False, 20, NOW - timedelta(hours=1), f"courses:{attempt}")] == found["attempts"]
    assert [(campus.enrollment, NOW - timedelta(hours=1), f"courses:{lesson}")] == found["lessons"]
    assert [(campus.enrollment, NOW - timedelta(hours=1), f"companion:{question}")] == found["questions"]


def test_changes_are_taken_in_and_detection_looks_at_whom_they_are_about(campus: Seeded) -> None:
    """Four failed attempts are found by the job that the mirror asks for; what ends there ends the row here."""
    run_inline(take_in)
    drain("support")
    for _ in range(4):
        done(campus, passed=False)
    run_inline(take_in)
    drain("support")
    opened = school.row(campus.enrollment)
    school.change(
        "UPDATE courses.enrollments SET status = 'completed', completed_at = now(), updated_at = now() WHERE id = :id",
        id=campus.enrollment,
    )
    run_inline(take_in)
    drain("support")
    ended = school.row(campus.enrollment)

    assert ["quiz_failures", "low_quiz_average"] == [r for r in opened["risk_reasons"] if r != "low_progress"]
    assert ("resolved", "student_completed") == (ended["status"], ended["outcome"])


def test_who_enrolls_long_after_he_came_and_what_commits_late_is_taken_in(campus: Seeded) -> None:
    """An old account with a new enrollment; a row whose moment lies five minutes before what was seen last."""
    run_inline(take_in)
    with transaction() as conn:
        old = NOW - timedelta(days=400)
        person = add_user(conn, "Old", "Timer", updated_at=old, created_at=old)
    run_inline(take_in)
    with transaction() as conn:
        enrollment = enroll(conn, person, campus.course, updated_at=datetime.now(UTC) - timedelta(minutes=5))
    run_inline(take_in)

    assert enrollment in {row[0] for row in mirror()["enrollments"]}


def test_what_is_deleted_there_goes_at_night_and_what_came_by_calls_stays(campus: Seeded) -> None:
    """Inputs are deleted, an enrollment is dropped; a row of the platform's own is never touched."""
    gone, stays = done(campus, passed=True), done(campus, lesson="mixed", passed=False)
    lesson, question = done(campus, lesson="reading"), asked(campus.learner)
    run_inline(take_in)
    own, _ = office.intervention()
    for enrollment in (own, campus.enrollment):
        school.change(
            "SELECT support.note_quiz_attempt(:key, :id, true, 80, now())", key=f"own-{enrollment}", id=enrollment
        )
    school.change("DELETE FROM courses.assessment_attempts WHERE id = :id", id=gone)
    school.change("DELETE FROM courses.lesson_progress WHERE id = :id", id=lesson)
    school.change("DELETE FROM companion.qa_interactions WHERE id = :id", id=question)
    run_inline(take_in)
    before = mirror()
    run_inline(take_in, whole=True)
    found = mirror()
    school.change("DELETE FROM courses.assessment_attempts")
    school.change("DELETE FROM courses.enrollments")
    run_inline(take_in, whole=True)

    assert (4, 1, 1) == (len(before["attempts"]), len(before["lessons"]), len(before["questions"]))
    sources = {row[4] for row in found["attempts"]}
    assert {f"courses:{stays}", f"own-{own}", f"own-{campus.enrollment}"} == sources
    assert ([], []) == (found["lessons"], found["questions"])
    assert {own: "active", campus.enrollment: "dropped"} == {row[0]: row[3] for row in mirror()["enrollments"]}


@pytest.mark.parametrize(
    "breaks",
    [
        "ALTER TABLE courses.enrollments RENAME TO enrolments",
        "ALTER TABLE courses.assessment_attempts RENAME COLUMN is_passing TO passed",
        "ALTER SCHEMA courses RENAME TO elsewhere",
    ],
)
def test_a_source_that_is_away_is_told_of_and_breaks_nothing(campus: Seeded, breaks: str) -> None:
    """The job succeeds, what was there stays, detection goes on; back again, all comes and nobody is told any more."""
    done(campus, passed=True)
    run_inline(take_in)
    before = mirror()
    done(campus, lesson="mixed", passed=False)
    asked(campus.learner)
    healing = {
        "enrolments": "ALTER TABLE courses.enrolments RENAME TO enrollments",
        "passed": "ALTER TABLE courses.assessment_attempts RENAME COLUMN passed TO is_passing",
        "elsewhere": "ALTER SCHEMA elsewhere RENAME TO courses",
    }[breaks.rsplit(maxsplit=1)[-1]]
    school.change(breaks)
    try:
        jobs = [run_inline(take_in, whole=whole)["state"] for whole in (False, True)]
        away = mirror()
        with transaction() as conn:
            told = [each.what for each in concerns(conn)]
    finally:
        school.change(healing)
    run_inline(take_in)
    with transaction() as conn:
        after = list(concerns(conn))

    assert ["done", "done"] == jobs
    assert before | {"questions": away["questions"]} == away
    assert 1 == len(away["questions"])
    assert 1 == len(told)
    assert told[0].startswith("Support cannot take in ")
    assert (2, []) == (len(mirror()["attempts"]), after)


def test_who_is_erased_here_or_there_is_not_taken_in_again(campus: Seeded) -> None:
    """Erased in courses: the night erases him here; erased here: no name, no input comes back."""
    done(campus, passed=False)
    asked(campus.learner)
    run_inline(take_in)
    with transaction() as conn:
        erase(conn, str(campus.learner))
    for whole in (False, True):
        run_inline(take_in, whole=whole)
    here = mirror()
    school.change("UPDATE support.user_profiles SET erased_at = NULL")
    run_inline(take_in, whole=True)
    back = mirror()
    school.change("UPDATE courses.users SET email = 'erased-1@invalid' WHERE id = :id", id=campus.learner)
    run_inline(take_in, whole=True)
    there = mirror()

    for found in (here, there):
        assert [(None, None)] == [row[1:3] for row in found["people"] if row[0] == campus.learner]
        assert ([], []) == (found["attempts"], found["questions"])
    assert (["Ada Moss"], 1) == ([row[2] for row in back["people"] if row[0] == campus.learner], len(back["attempts"]))


def test_pages_are_passed_through_in_order_and_a_run_that_is_cut_off_is_gone_on_with(
    campus: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many rows of one moment, two at a time; killed after a page, the next run brings the rest."""
    with transaction() as conn:
        for number in range(5):
            enroll(conn, add_user(conn, f"Learner{number}"), campus.course)
    monkeypatch.setattr(taking, "PAGE", 2)
    calls = []

    def die(point: str, name: str = "") -> None:
        calls.append(name)
        if len(calls) == 2 and point == "before_take_in_commit":
            raise RuntimeError

    monkeypatch.setattr(taking, "reach", die)
    first = run_inline(take_in)["state"]
    run_inline(take_in)

    assert "dead" == first
    assert 6 == len(mirror()["enrollments"])


def test_a_question_counts_for_the_course_in_which_something_was_done_last(campus: Seeded) -> None:
    """Of two enrollments; one that began after the question, and one that is over, are none."""
    with transaction() as conn:
        other = seed_course(conn, "Databases")
        second = enroll(conn, campus.learner, other.course, enrolled_at=NOW - timedelta(days=9))
        enroll(conn, campus.learner, seed_course(conn, "Later").course, enrolled_at=NOW)
    asked(campus.learner, at=NOW - timedelta(days=6))
    asked(campus.learner, at=NOW - timedelta(days=2))
    run_inline(take_in)

    assert {(second, NOW - timedelta(days=6)), (campus.enrollment, NOW - timedelta(days=2))} == {
        row[:2] for row in mirror()["questions"]
    }


def test_without_the_setting_nothing_is_taken_in(campus: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry's job is done and reads nothing."""
    monkeypatch.delenv("SUPPORT_SOURCE")
    forget()
    done(campus, passed=True)

    assert "done" == run_inline(take_in)["state"]
    assert [] == mirror()["people"]
