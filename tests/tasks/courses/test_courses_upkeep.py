"""Enrollments expire, courses are counted, days become files, and who asked for it is erased; each on its day."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bellwork.db.courses.leaving import PATIENCE
from bellwork.db.courses.seed import Seeded, add_user, enroll
from bellwork.db.engine import transaction
from bellwork.db.seen import BACK
from bellwork.tasks.courses.progress.days import export_days
from bellwork.tasks.courses.tell import tell as tell_somebody
from bellwork.tasks.courses.upkeep import erase_leaving, expire_enrollments, recount_courses
from bellwork.tasks.providers import storage
from bellwork.workers.testing import run_inline
from tests.db.catalog import rows
from tests.tasks.courses.place import ask, change, one, put

_COUNTS = """
SELECT enrollment_count, duration_minutes, CAST(rating_average AS float8), rating_count
FROM {courses}.courses WHERE id = :id
"""
_STREAK = "SELECT current_days, longest_days, last_day FROM {courses}.learner_streaks"


@pytest.mark.parametrize("before", ["active", "completed", "expired", "cancelled"])
@pytest.mark.parametrize(("ends", "over"), [(None, False), ("1 minute", False), ("0", True), ("-1 day", True)])
def test_only_an_active_enrollment_expires_when_its_time_is_over(
    seeded: Seeded, before: str, ends: str | None, over: bool
) -> None:
    """On both sides of the moment, from each status."""
    status = """
    UPDATE {courses}.enrollments SET status = CAST(:s AS {courses}.enrollment_status),
        completed_at = now(), expires_at = now() + CAST(:e AS interval)
    """
    change(status, s=before, e=ends)
    assert "done" == run_inline(expire_enrollments)["state"]

    assert ("expired" if over and before == "active" else before) == one(
        "SELECT status::text FROM {courses}.enrollments WHERE id = :id", id=seeded.enrollment
    )


def test_a_course_counts_its_learners_minutes_and_last_ratings(seeded: Seeded) -> None:
    """Cancelled ones aside; of a learner's ratings the last that is one; a second run writes nothing."""
    with transaction() as conn:
        for status in ("active", "completed", "expired", "cancelled"):
            enroll(conn, add_user(conn), seeded.course, status=status, completed_at=datetime.now(UTC))
    _rate(seeded, 1, 4, "5", 2, "none", 7)
    with transaction() as conn:
        other = add_user(conn)
    _rate(seeded, 5, learner=other)
    put("learning_events", user_id=other, course_id=seeded.course, event_type="course.seen", event_data={"rating": 1})
    run_inline(recount_courses)
    assert [(4, 50, 3.5, 2)] == ask(_COUNTS, id=seeded.course)

    before = one("SELECT xmin::text FROM {courses}.courses")
    assert "done" == run_inline(recount_courses)["state"]
    assert before == one("SELECT xmin::text FROM {courses}.courses")


@pytest.mark.parametrize(
    ("rating", "counts"),
    [
        (1, True),
        (5, True),
        (4.5, True),
        ("5.0", True),
        (0, False),
        (5.1, False),
        (6, False),
        (-3, False),
        (None, False),
    ],
)
def test_a_rating_is_a_number_from_one_to_five(seeded: Seeded, rating: Any, counts: bool) -> None:
    """Nothing else is counted, and none of it stops the count."""
    _rate(seeded, rating)
    assert "done" == run_inline(recount_courses)["state"]

    expected = (float(rating), 1) if counts else (0.0, 0)
    assert [expected] == [row[2:] for row in ask(_COUNTS, id=seeded.course)]


def test_a_streak_is_the_days_in_a_row_up_to_today_or_yesterday(seeded: Seeded) -> None:
    """Today is not lost before it is over; the longest one stays."""
    today = datetime.now(UTC).date()
    for ago in (1, 2, 5, 6, 7):
        put_day(seeded, today - timedelta(days=ago))
    assert [(2, 3, today - timedelta(days=1))] == ask(_STREAK)

    put_day(seeded, today)
    assert [(3, 3, today)] == ask(_STREAK)
    change("DELETE FROM {courses}.learner_days WHERE day >= :d", d=today - timedelta(days=1))
    assert [(0, 3, today - timedelta(days=2))] == ask(_STREAK)


def test_a_learners_today_is_that_of_his_zone(seeded: Seeded) -> None:
    """At the same moment the day before yesterday of one is yesterday of another, somewhere on earth."""
    there = "Etc/GMT+12" if datetime.now(UTC).hour < 12 else "Etc/GMT-14"
    [(here,)] = ask("SELECT CAST(timezone(:z, now()) AS date)", z=there)
    put_day(seeded, here - timedelta(days=1))
    change("INSERT INTO {courses}.learner_zones (user_id, zone) VALUES (:id, :z)", id=seeded.learner, z=there)
    assert 1 == ask(_STREAK)[0][0]

    change("UPDATE {courses}.learner_days SET day = day - 1")
    assert 0 == ask(_STREAK)[0][0]


def test_a_day_becomes_a_file_when_nothing_of_it_can_come_any_more(seeded: Seeded) -> None:
    """Nine days later, once; what is younger waits, and a file that is missing is made again."""
    today = datetime.now(UTC).date()
    over, young = today - timedelta(days=BACK + 2), today - timedelta(days=BACK + 1)
    for day in (over, young):
        put_day(seeded, day, seconds=119, lessons=2, quizzes=1)
    for _ in range(2):
        assert "done" == run_inline(export_days)["state"]
    file = storage().get(f"courses/days/{over}.csv").decode()

    assert f"day,user_id,minutes,lessons,quizzes\r\n{over},{seeded.learner},1,2,1\r\n" == file
    assert not storage().exists(f"courses/days/{young}.csv")


def test_what_the_application_saw_makes_a_day_the_learners_own(seeded: Seeded) -> None:
    """By his zone; once, however often it was seen."""
    change("INSERT INTO {courses}.learner_zones (user_id, zone) VALUES (:id, 'Asia/Kathmandu')", id=seeded.learner)
    at = datetime.now(UTC).replace(hour=19, minute=0) - timedelta(days=1)
    for _ in range(2):
        put("learning_events", user_id=seeded.learner, event_type="forum.read", event_data={}, created_at=at)
        run_inline(export_days)

    assert [((at + timedelta(hours=6)).date(), 0)] == ask("SELECT day, seconds FROM {courses}.learner_days")


@pytest.mark.parametrize(
    ("ago", "gone"), [(timedelta(days=PATIENCE, minutes=-5), False), (timedelta(days=PATIENCE), True)]
)
def test_who_asked_is_erased_after_fourteen_days(seeded: Seeded, ago: timedelta, gone: bool) -> None:
    """Name, address, words, files and letters; the certificate's number stays, and the others stay."""
    url = storage().put("certificates/zebedee.pdf", b"Zebedee")
    paper = {"certificate_number": "LC-2026-000001", "title": "Python", "pdf_url": url}
    put("certificates", user_id=seeded.learner, course_id=seeded.course, **paper)
    name = "UPDATE {courses}.users SET first_name = 'Zebedee', deleted_at = now() - :ago WHERE id = :id"
    change(name, ago=ago, id=seeded.learner)
    with transaction() as conn:
        tell_somebody(conn, seeded.learner, "t", "1", subject="Hello Zebedee", text="Zebedee")
    for _ in range(2):
        assert "done" == run_inline(erase_leaving)["state"]
    with transaction() as conn:
        left = json.dumps([rows(conn, schema) for schema in ("courses", "bellwork")], default=str)

    assert gone == ("Zebedee" not in left) == (not storage().exists("certificates/zebedee.pdf"))
    assert "LC-2026-000001" in left
    assert "Reed" in left, "the instructor stays"


@pytest.mark.usefixtures("seeded")
def test_who_took_the_request_back_stays() -> None:
    """Nobody is erased who has no request."""
    before = ask("SELECT to_jsonb(u) FROM {courses}.users u ORDER BY id")
    run_inline(erase_leaving)

    assert before == ask("SELECT to_jsonb(u) FROM {courses}.users u ORDER BY id")


def put_day(seeded: Seeded, day: Any, **counts: int) -> None:
    """Let the learner have done something on a day."""
    row = {"user": seeded.learner, "day": day, "seconds": 0, "lessons": 0, "quizzes": 0} | counts
    change("INSERT INTO {courses}.learner_days VALUES (:user, :day, :seconds, :lessons, :quizzes)", **row)


def _rate(seeded: Seeded, *ratings: Any, learner: Any = None) -> None:
    for number, rating in enumerate(ratings):
        at = datetime.now(UTC) - timedelta(minutes=len(ratings) - number)
        row = {"course_id": seeded.course, "event_type": "course.rated", "event_data": {"rating": rating}}
        put("learning_events", user_id=learner or seeded.learner, created_at=at, **row)
