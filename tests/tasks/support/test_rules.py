"""The five rules on both sides of each threshold, and how floors and steps add up to a level."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.tasks.support import school

pytestmark = pytest.mark.usefixtures("empty")
WEEK, MONTH, INSTANT = timedelta(days=7), timedelta(days=30), timedelta(microseconds=1)
NOBODY: tuple[None, list[str]] = (None, [])
FAILURES, SILENT = ("medium", ["quiz_failures"]), ("medium", ["inactive"])
SLOW, AVERAGE = ("medium", ["low_progress"]), ("medium", ["low_quiz_average"])


@pytest.mark.parametrize(
    ("failed", "said"), [(2, NOBODY), (3, FAILURES), (4, FAILURES), (5, ("high", ["quiz_failures"]))]
)
def test_three_failed_quizzes_are_medium_and_five_high(failed: int, said: object) -> None:
    """They need not be in a row."""
    enrollment = school.enroll()
    school.attempts(enrollment, *([False, True] * failed)[:10])

    assert said == school.found(enrollment)


@pytest.mark.parametrize(("newer", "said"), [(7, FAILURES), (8, NOBODY)])
def test_the_last_ten_attempts_count_and_the_eleventh_does_not(newer: int, said: object) -> None:
    """Three failures and seven passed: the tenth attempt still counts, however old it is."""
    enrollment = school.enroll()
    school.attempts(enrollment, *[False] * 3, ago=timedelta(days=400))
    school.attempts(enrollment, *[True] * newer)

    assert said == school.found(enrollment)


@pytest.mark.parametrize(("silent", "said"), [(WEEK - INSTANT, NOBODY), (WEEK, SILENT), (WEEK + INSTANT, SILENT)])
def test_seven_days_without_a_topic_are_inactive(silent: timedelta, said: object) -> None:
    """To the microsecond; alone it raises the lowest level by one step."""
    enrollment = school.enroll(days=100)
    school.completed(enrollment, silent)
    school.completed(enrollment, silent + WEEK)

    assert said == school.found(enrollment)


@pytest.mark.parametrize(("since", "said"), [(WEEK - INSTANT, NOBODY), (WEEK, SILENT)])
def test_nobody_is_inactive_within_seven_days_of_the_enrollment(since: timedelta, said: object) -> None:
    """Whoever never completed a topic, or only before the enrollment, is silent since the enrollment."""
    enrollment = school.enroll(enrolled_at=school.NOW - since)
    school.completed(enrollment, MONTH)

    assert said == school.found(enrollment)


@pytest.mark.parametrize(("completion", "said"), [("5", NOBODY), ("4.9999", SLOW), ("10", NOBODY), ("0", SLOW)])
def test_below_half_of_what_is_expected_is_low_progress(completion: str, said: object) -> None:
    """After 35 days 10 % are expected: exactly 50.00 % of that is not below half."""
    enrollment = school.enroll(days=35, completion_percentage=completion)
    school.completed(enrollment)

    assert said == school.found(enrollment)


@pytest.mark.parametrize(("since", "said"), [(WEEK, NOBODY), (WEEK + INSTANT, SLOW)])
def test_progress_is_expected_after_seven_days(since: timedelta, said: object) -> None:
    """Within them nothing completed is no reason."""
    enrollment = school.enroll(enrolled_at=school.NOW - since, completion_percentage=0)
    school.completed(enrollment)

    assert said == school.found(enrollment)


@pytest.mark.parametrize(("since", "said"), [(timedelta(days=14) - INSTANT, NOBODY), (timedelta(days=14), SLOW)])
def test_expected_progress_goes_by_whole_days(since: timedelta, said: object) -> None:
    """1.9 % completed is at least half of what 13 days expect, and below half of what 14 do."""
    enrollment = school.enroll(enrolled_at=school.NOW - since, completion_percentage="1.9")
    school.completed(enrollment)

    assert said == school.found(enrollment)


@pytest.mark.parametrize(
    ("scores", "said"),
    [((60.0,), NOBODY), ((59.99,), AVERAGE), ((20.0, 100.0), NOBODY), ((20.0, 99.99), AVERAGE), ((60, None), NOBODY)],
)
def test_a_mean_score_below_sixty_is_a_low_average(scores: tuple[float | None, ...], said: object) -> None:
    """Exactly 60.00 % is not below; an attempt without a score has no part in it."""
    enrollment = school.enroll()
    for score in scores:
        school.attempts(enrollment, True, score=score)

    assert said == school.found(enrollment)


@pytest.mark.parametrize(("ago", "said"), [(MONTH - INSTANT, AVERAGE), (MONTH, NOBODY)])
def test_scores_count_for_thirty_days(ago: timedelta, said: object) -> None:
    """One attempt within them is enough, and what is older does not count."""
    enrollment = school.enroll()
    school.attempts(enrollment, True, score=0, ago=ago)

    assert said == school.found(enrollment)


@pytest.mark.parametrize(("newer", "said"), [(9, AVERAGE), (10, NOBODY)])
def test_scores_of_the_last_ten_attempts_count(newer: int, said: object) -> None:
    """The mean of ten is 59.4 with the bad one; an eleventh leaves it out."""
    enrollment = school.enroll()
    school.attempts(enrollment, True, score=0, ago=timedelta(days=1))
    school.attempts(enrollment, *[True] * newer, score=66 if newer == 9 else 60)

    assert said == school.found(enrollment)


@pytest.mark.parametrize(("times", "said"), [(4, NOBODY), (5, ("medium", ["ai_escalations"]))])
def test_five_escalated_questions_raise_the_level(times: int, said: object) -> None:
    """Alone they raise the lowest level by one step."""
    enrollment = school.enroll()
    school.escalated(enrollment, times)

    assert said == school.found(enrollment)


@pytest.mark.parametrize(("ago", "said"), [(WEEK - INSTANT, ("medium", ["ai_escalations"])), (WEEK, NOBODY)])
def test_questions_count_for_seven_days(ago: timedelta, said: object) -> None:
    """What happened exactly seven days ago is no longer within seven days."""
    enrollment = school.enroll()
    school.escalated(enrollment, 4)
    school.escalated(enrollment, 1, ago)

    assert said == school.found(enrollment)


@pytest.mark.parametrize(
    ("failed", "silent", "asked", "level"),
    [
        (0, True, False, "medium"),
        (0, True, True, "high"),
        (3, False, False, "medium"),
        (3, True, False, "high"),
        (3, False, True, "high"),
        (3, True, True, "high"),
        (5, True, True, "high"),
    ],
)
def test_floors_come_first_and_each_step_raises_by_one(failed: int, silent: bool, asked: bool, level: str) -> None:
    """Two steps from the lowest level are high, and nothing is above high."""
    enrollment = school.enroll(days=20)
    school.attempts(enrollment, *[False] * failed, True)
    if not silent:
        school.completed(enrollment)
    school.escalated(enrollment, 5 * asked)

    assert level == school.found(enrollment)[0]


def test_reasons_are_listed_in_the_order_of_the_rules() -> None:
    """All five at once, and their figures in the notes."""
    enrollment = school.enroll(days=35, completion_percentage=1)
    school.attempts(enrollment, *[False] * 4, score=40)
    school.escalated(enrollment, 6)
    school.detect(enrollment)
    row = school.row(enrollment)

    assert ["quiz_failures", "low_progress", "low_quiz_average", "inactive", "ai_escalations"] == row["risk_reasons"]
    assert row["notes"] == (
        "Detected: 4 of the last 4 quiz attempts failed; 1.00 % completed, 10.00 % expected after 35 days;"
        " average score 40.00 % over 4 quiz attempts in 30 days; no topic completed since 2026-10-26 12:00 UTC;"
        " 6 questions escalated in 7 days"
    )


def test_what_lies_ahead_counts_nowhere() -> None:
    """A clock that is wrong makes nobody inactive, active or good."""
    enrollment = school.enroll(days=20)
    school.completed(enrollment, -INSTANT)
    school.escalated(enrollment, 5, -INSTANT)
    school.attempts(enrollment, *[False] * 5, ago=-timedelta(hours=1))

    assert school.found(enrollment) == SILENT
