"""A course is counted from rows, and completed once: its certificate is asked for in the same commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.courses.seed import Seeded, add_user, enroll, seed_course
from bellwork.db.engine import transaction
from bellwork.tasks.courses.progress.nightly import recount_progress
from bellwork.workers.testing import enqueued, run_inline
from tests.tasks.courses.place import PASSED, ask, at_once, change, do_all, one, put, tell

if TYPE_CHECKING:
    from typing import Any

_PROGRESS = """
SELECT completed_lessons, total_lessons, completed_labs, total_labs, CAST(percent_complete AS float8)
FROM {courses}.course_progress
"""
_STATUS = "SELECT status::text FROM {courses}.enrollments WHERE id = :id"


def _certificates() -> list[dict[str, Any]]:
    return [job["args"] for job in enqueued("courses.issue_certificate")]


def test_each_lesson_counts_and_the_last_one_completes(seeded: Seeded) -> None:
    """20 % a lesson; at the last the enrollment is completed, its learner told, its certificate asked for, once."""
    do_all(seeded, "video")
    assert [(4, 5, 2, 2, 80.0)] == ask(_PROGRESS)
    assert ("active", []) == (one(_STATUS, id=seeded.enrollment), _certificates())

    told = [tell(seeded.learner, seeded.lessons["video"], "video") for _ in range(3)]
    assert ["done"] * 3 == told
    assert [(5, 5, 2, 2, 100.0)] == ask(_PROGRESS)
    assert "completed" == one(_STATUS, id=seeded.enrollment)
    assert [{"enrollment_id": str(seeded.enrollment)}] == _certificates()
    assert [("courses.course_completed",)] == ask("SELECT kind FROM bellwork.notices")
    assert [("course_completed", "pending")] == ask("SELECT kind, state FROM bellwork.letters")


def test_the_last_lesson_eight_times_at_once_asks_for_one_certificate(seeded: Seeded) -> None:
    """Each job is done, and the enrollment is completed by one of them."""
    do_all(seeded, "reading")
    assert ["done"] * 8 == at_once(lambda: tell(seeded.learner, seeded.lessons["reading"], "read"))

    assert 1 == len(_certificates()) == one("SELECT count(*) FROM bellwork.notices")


def test_a_course_with_an_exam_waits_until_it_is_passed(seeded: Seeded) -> None:
    """Exams and certifications, passed by this learner; one for practice does not count."""
    exams = [
        put("assessments", lesson_id=seeded.lessons["reading"], title=kind, assessment_type=kind)
        for kind in ("exam", "certification", "practice")
    ]
    do_all(seeded)
    for exam in exams[:2]:
        assert ("active", []) == (one(_STATUS, id=seeded.enrollment), _certificates())
        with transaction() as conn:
            other = add_user(conn)
        put("assessment_attempts", user_id=other, assessment_id=exam, **PASSED)
        put("assessment_attempts", user_id=seeded.learner, assessment_id=exam, **PASSED | {"is_passing": False})
        tell(seeded.learner, seeded.lessons["reading"], "quiz")
        assert "active" == one(_STATUS, id=seeded.enrollment)
        put("assessment_attempts", user_id=seeded.learner, assessment_id=exam, **PASSED)
        tell(seeded.learner, seeded.lessons["reading"], "quiz")

    assert "completed" == one(_STATUS, id=seeded.enrollment)
    assert 1 == len(_certificates())


def test_a_later_lesson_undoes_nothing(seeded: Seeded) -> None:
    """Six lessons, five done: still completed, still 100 %, and nothing is asked for again."""
    do_all(seeded)
    module = one("SELECT id FROM {courses}.modules")
    put("lessons", module_id=module, title="New", lesson_type="reading", order_index=9)
    tell(seeded.learner, seeded.lessons["video"], "video")
    assert "done" == run_inline(recount_progress)["state"]

    assert [(5, 6, 2, 2, 100.0)] == ask(_PROGRESS)
    assert "completed" == one(_STATUS, id=seeded.enrollment)
    assert 1 == len(_certificates())


@pytest.mark.parametrize(
    ("status", "ends", "after"),
    [
        ("active", "infinity", "completed"),
        ("active", "1999-01-01Z", "active"),
        ("expired", None, "expired"),
        ("cancelled", None, "cancelled"),
    ],
)
def test_only_an_active_enrollment_is_completed(seeded: Seeded, status: str, ends: str | None, after: str) -> None:
    """Not one whose time is over, swept or not; the lessons themselves are done."""
    change("UPDATE {courses}.enrollments SET status = :s, expires_at = CAST(:e AS timestamptz)", s=status, e=ends)
    do_all(seeded)

    assert after == one(_STATUS, id=seeded.enrollment)
    assert (after == "completed") == bool(_certificates())
    assert 5 == one("SELECT completed_lessons FROM {courses}.course_progress")


def test_a_course_without_lessons_is_not_over(seeded: Seeded) -> None:
    """Nothing of nothing is 0 %."""
    change("DELETE FROM {courses}.modules")
    run_inline(recount_progress)

    assert [(0, 0, 0, 0, 0.0)] == ask(_PROGRESS)
    assert "active" == one(_STATUS, id=seeded.enrollment)


@pytest.mark.parametrize(("lessons", "percent"), [(3, 33.33), (6, 16.67), (7, 14.29)])
def test_percent_has_two_decimals(seeded: Seeded, lessons: int, percent: float) -> None:
    """100 · completed / lessons."""
    change("DELETE FROM {courses}.lessons WHERE lesson_type <> 'reading'")
    module = one("SELECT id FROM {courses}.modules")
    for number in range(lessons - 1):
        put("lessons", module_id=module, title="More", lesson_type="reading", order_index=10 + number)
    tell(seeded.learner, seeded.lessons["reading"], "read")

    assert percent == one("SELECT CAST(percent_complete AS float8) FROM {courses}.course_progress")


def test_time_is_what_films_labs_and_attempts_took(seeded: Seeded) -> None:
    """10 min of two films each, a lab that expired after an hour, a quiz of 5 min; what runs still does not count."""
    start, learner = "2026-01-01T00:00Z", seeded.learner
    for kind in ("video", "mixed"):
        tell(learner, seeded.lessons[kind], "video")
    session = {"user_id": learner, "started_at": start, "expires_at": "2026-01-01T01:00Z"}
    put("lab_sessions", lab_id=seeded.labs["lab"], **session, status="expired")
    put("lab_sessions", lab_id=seeded.labs["mixed"], **session, status="running")
    times = {"started_at": start, "completed_at": "2026-01-01T00:05:59Z"}
    put("assessment_attempts", user_id=learner, assessment_id=seeded.assessments["quiz"], **PASSED, **times)
    run_inline(recount_progress)

    assert 20 + 60 + 5 == one("SELECT time_spent_minutes FROM {courses}.course_progress")


def test_the_night_counts_what_no_event_told_of(empty: str) -> None:
    """Each of 30 learners has another share done; counts are those of the rows, whoever is over is completed."""
    del empty
    with transaction() as conn:
        seeded = seed_course(conn)
        learners = [add_user(conn) for _ in range(29)]
        enrolled = {learner: enroll(conn, learner, seeded.course) for learner in learners}
    enrolled[seeded.learner] = seeded.enrollment
    for number, learner in enumerate(enrolled):
        for lesson in list(seeded.lessons.values())[: number % 6]:
            put("lesson_progress", user_id=learner, lesson_id=lesson, status="completed")
    assert "done" == run_inline(recount_progress)["state"]
    found = dict(ask("SELECT enrollment_id, completed_lessons FROM {courses}.course_progress"))
    over = {enrollment for number, enrollment in enumerate(enrolled.values()) if number % 6 == 5}

    assert {enrollment: number % 6 for number, enrollment in enumerate(enrolled.values())} == found
    assert {str(each) for each in over} == {args["enrollment_id"] for args in _certificates()}

    before = ask("SELECT id, xmin::text FROM {courses}.course_progress ORDER BY id")
    assert "done" == run_inline(recount_progress)["state"]
    assert before == ask("SELECT id, xmin::text FROM {courses}.course_progress ORDER BY id"), "nothing is written twice"


def test_the_night_completes_a_lesson_that_lost_what_was_missing(seeded: Seeded) -> None:
    """A mixed lesson whose lab was taken out is over for who did the rest."""
    do_all(seeded)
    change("UPDATE {courses}.lesson_progress SET status = 'in_progress', lab_completed = false")
    change("DELETE FROM {courses}.labs WHERE lesson_id = :id", id=seeded.lessons["mixed"])
    run_inline(recount_progress)

    assert "completed" == one(
        "SELECT status::text FROM {courses}.lesson_progress WHERE lesson_id = :id", id=seeded.lessons["mixed"]
    )
