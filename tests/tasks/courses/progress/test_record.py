"""What is told of a learner counts once, only forward, and a lesson is over when all of it is done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwork.db.engine import transaction
from bellwork.tasks.courses.progress.event import read_event
from bellwork.tasks.courses.progress.record import record_progress
from bellwork.tasks.courses.progress.settle import pass_lab
from bellwork.workers.testing import run_inline
from tests.tasks.courses.place import PASSED, ask, at_once, change, event, one, put, tell

if TYPE_CHECKING:
    from bellwork.db.courses.seed import Seeded

_FILM = """
SELECT video_position_seconds, video_completed, status::text FROM {courses}.lesson_progress WHERE lesson_id = :lesson
"""
_STATUS = "SELECT status::text FROM {courses}.lesson_progress WHERE lesson_id = :lesson"
_DAY = "SELECT day, seconds, lessons, quizzes FROM {courses}.learner_days ORDER BY day"


@pytest.mark.parametrize(
    ("position", "duration", "watched"),
    [(569, 600, False), (570, 600, True), (600, 600, True), (9_999, 600, True), (95, 0, False), (570, 1, True)],
)
def test_a_film_is_done_at_ninety_five_percent(seeded: Seeded, position: int, duration: int, watched: bool) -> None:
    """Of its own duration (600 s), whatever a player says that is; 569 s are 94.8 %, 570 s are 95."""
    lesson = seeded.lessons["video"]
    assert "done" == tell(seeded.learner, lesson, "video", position_seconds=position, duration_seconds=duration)

    status = "completed" if watched else "in_progress"
    assert [(min(position, 600), watched, status)] == ask(_FILM, lesson=lesson)


@pytest.mark.parametrize(("position", "watched"), [(94, False), (94.9, False), (95, True), (101, True)])
def test_a_film_without_a_row_has_the_duration_that_players_say(seeded: Seeded, position: float, watched: bool) -> None:
    """Its furthest one; without any, nothing is 95 % of it."""
    change("DELETE FROM {courses}.videos")
    lesson = seeded.lessons["video"]
    tell(seeded.learner, lesson, "video", position_seconds=9_999, duration_seconds=0)
    assert [(0, False, "in_progress")] == ask(_FILM, lesson=lesson)

    tell(seeded.learner, lesson, "video", position_seconds=position, duration_seconds=100)
    assert watched is one("SELECT video_completed FROM {courses}.lesson_progress WHERE lesson_id = :id", id=lesson)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pings=st.lists(st.integers(0, 700), min_size=1, max_size=5), order=st.randoms(use_true_random=False))
def test_pings_in_any_order_and_number_come_to_the_furthest(seeded: Seeded, pings: list[int], order: Any) -> None:
    """Replays and late ones move nothing back, at each moment, and completed stays completed."""
    change("TRUNCATE {courses}.lesson_progress")
    lesson, furthest = seeded.lessons["video"], 0
    told = [event(seeded.learner, lesson, "video", position_seconds=each) for each in pings]
    delivered = told + told
    order.shuffle(delivered)
    for each in delivered:
        run_inline(record_progress, event=each)
        furthest = max(furthest, min(each["position_seconds"], 600))
        status = "completed" if furthest >= 570 else "in_progress"
        assert [(furthest, furthest >= 570, status)] == ask(_FILM, lesson=lesson)


def test_an_event_that_comes_eight_times_at_once_counts_once(seeded: Seeded) -> None:
    """One lesson, 30 s of the day; and again later, the same."""
    told = event(seeded.learner, seeded.lessons["video"], "video")
    assert ["done"] * 8 == at_once(lambda: run_inline(record_progress, event=told)["state"])
    run_inline(record_progress, event=told)

    assert [(30, 1, 0)] == [row[1:] for row in ask(_DAY)]


def test_each_type_of_lesson_is_over_when_all_of_it_is_done(seeded: Seeded) -> None:
    """A video, a lab, a quiz and a text by their own deed alone; a mixed one by the last of all that it has."""
    learner, lessons = seeded.learner, seeded.lessons
    for lesson in lessons.values():
        tell(learner, lesson, "lab")
        tell(learner, lesson, "quiz")
    assert [("in_progress",)] * 5 == ask("SELECT status::text FROM {courses}.lesson_progress"), "nobody's word counts"

    put("assessment_attempts", user_id=learner, assessment_id=seeded.assessments["quiz"], **PASSED)
    tell(learner, lessons["quiz"], "quiz")
    with transaction() as conn:
        assert pass_lab(conn, learner, lessons["lab"])
    tell(learner, lessons["reading"], "read")
    for kind in ("quiz", "lab", "reading"):
        assert "completed" == one(_STATUS, lesson=lessons[kind]), kind

    tell(learner, lessons["mixed"], "video")
    tell(learner, lessons["mixed"], "read")
    put("assessment_attempts", user_id=learner, assessment_id=seeded.assessments["mixed"], **PASSED)
    assert "in_progress" == one(_STATUS, lesson=lessons["mixed"])
    with transaction() as conn:
        pass_lab(conn, learner, lessons["mixed"])
    assert "completed" == one(_STATUS, lesson=lessons["mixed"])
    assert 90 == one("SELECT quiz_score FROM {courses}.lesson_progress WHERE lesson_id = :id", id=lessons["mixed"])


def test_a_failed_quiz_and_one_for_practice_complete_nothing(seeded: Seeded) -> None:
    """The best score stands there; what is for practice does not count."""
    learner, lesson = seeded.learner, seeded.lessons["quiz"]
    failed = PASSED | {"percent_score": "69.99", "is_passing": False}
    put("assessment_attempts", user_id=learner, assessment_id=seeded.assessments["quiz"], **failed)
    practice = put("assessments", lesson_id=lesson, title="Practice", assessment_type="practice")
    put("assessment_attempts", user_id=learner, assessment_id=practice, **PASSED)
    tell(learner, lesson, "quiz")

    row = ask("SELECT status::text, quiz_score FROM {courses}.lesson_progress WHERE lesson_id = :id", id=lesson)
    assert [("in_progress", 69)] == row


def test_a_day_is_the_learners_own_and_late_events_have_their_day(seeded: Seeded) -> None:
    """By his zone, by when it happened; of more than a week ago the position counts, and no day."""
    learner, lesson = seeded.learner, seeded.lessons["video"]
    put_zone = "INSERT INTO {courses}.learner_zones (user_id, zone) VALUES (:id, 'America/New_York')"
    change(put_zone, id=learner)
    noon = datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0) - timedelta(days=2)
    tell(learner, lesson, "video", position_seconds=30, at=noon.isoformat())
    tell(learner, lesson, "video", position_seconds=60, at=(noon + timedelta(hours=4)).isoformat())
    tell(learner, lesson, "video", position_seconds=90, at=(noon - timedelta(days=9)).isoformat())

    days = [(noon - timedelta(days=1)).date(), noon.date()]
    assert [(day, 30, 0, 0) for day in days] == ask(_DAY)
    assert [(90, False, "in_progress")] == ask(_FILM, lesson=lesson)


def test_a_clock_that_is_fast_gives_no_day_that_is_not_there_yet(seeded: Seeded) -> None:
    """What says it happens tomorrow happens now."""
    ahead = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    tell(seeded.learner, seeded.lessons["video"], "video", at=ahead)

    assert [datetime.now(UTC).date()] == [row[0] for row in ask(_DAY)]


_WRONG: dict[str, dict[str, Any]] = {
    "event_id is": {"event_id": ""},
    "event_id is 7": {"event_id": 7},
    "kind is": {"kind": "exam"},
    "which is no uuid": {"user_id": "ann"},
    "position_seconds is": {"position_seconds": -1},
    "duration_seconds is": {"duration_seconds": "10"},
    "position_seconds is True": {"position_seconds": True},
    "which is no time": {"at": "yesterday"},
    "it has a zone": {"at": "2026-11-30T10:00:00"},
    "is not before 2000": {"at": "1999-12-31T23:59:59Z"},
    "which is no time. ": {"at": "9999-12-31T23:59:59-14:00"},
    "there is no user": {"user_id": str(uuid4())},
    "or no lesson": {"lesson_id": str(uuid4())},
}


@pytest.mark.parametrize("reason", _WRONG)
def test_an_event_that_means_nothing_is_dead_with_its_reason(seeded: Seeded, reason: str) -> None:
    """And leaves nothing."""
    told = event(seeded.learner, seeded.lessons["video"], "video") | _WRONG[reason]
    ended = run_inline(record_progress, event=told)

    assert "dead" == ended["state"]
    assert reason in ended["reason"]
    assert [] == ask("SELECT FROM {courses}.lesson_progress") + ask(_DAY)


def test_a_number_of_seconds_that_no_clock_has_is_a_week() -> None:
    """Whole numbers of JSON may have any length."""
    told = event(uuid4(), uuid4(), "video", position_seconds=10**400)
    assert 604_800 == read_event(told).position


def test_who_is_not_enrolled_has_progress_of_his_own(seeded: Seeded) -> None:
    """A free lesson is learned as any; there is no course to count."""
    change("DELETE FROM {courses}.enrollments")
    assert "done" == tell(seeded.learner, seeded.lessons["reading"], "read")

    assert "completed" == one(_STATUS, lesson=seeded.lessons["reading"])
    assert [] == ask("SELECT FROM {courses}.course_progress")
