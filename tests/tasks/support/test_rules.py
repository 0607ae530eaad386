"""The five rules on both sides of each threshold, and how floors and steps add up to a level."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.tasks.support import school

pytestmark = pytest.mark.usefixtures("empty")
WEEK, INSTANT = timedelta(days=7), timedelta(microseconds=1)
NOBODY: tuple[None, list[str]] = (None, [])


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        (2, NOBODY),
        (3, ("medium", ["quiz_failures"])),
        (4, ("medium", ["quiz_failures"])),
        (5, ("high", ["quiz_failures"])),
    ],
)
def test_three_failed_quizzes_are_medium_and_five_high(failed: int, said: object) -> None:
    """They need not be in a row."""
    enrollment = school.enroll()
    school.attempts(enrollment, *([False, True] * failed)[:10])

    assert said == school.found(enrollment)


@pytest.mark.parametrize(("newer", "said"), [(7, ("medium", ["quiz_failures"])), (8, NOBODY)])
def test_the_last_ten_attempts_count_and_the_eleventh_does_not(newer: int, said: object) -> None:
    """Three failures and seven passed: the tenth attempt still counts."""
    enrollment = school.enroll()
    school.attempts(enrollment, *[False] * 3, *[True] * newer)

    assert said == school.found(enrollment)


@pytest.mark.parametrize(
    ("silent", "said"),
    [(WEEK - INSTANT, NOBODY), (WEEK, ("medium", ["inactive"])), (WEEK + INSTANT, ("medium", ["inactive"]))],
)
def test_seven_days_without_a_topic_are_inactive(silent: timedelta, said: object) -> None:
    """To the microsecond; alone it raises the lowest level by one step."""
    enrollment = school.enroll(days=100)
    school.completed(enrollment, silent)
    school.completed(enrollment, silent + WEEK)

    assert said == school.found(enrollment)


@pytest.mark.parametrize(("days", "said"), [(6.999, NOBODY), (7, ("medium", ["inactive"]))])
def test_nobody_is_inactive_within_seven_days_of_the_enrollment(days: float, said: object) -> None:
    """Whoever never completed a topic is silent since the enrollment."""
    assert said == school.found(school.enroll(days=days))


@pytest.mark.parametrize(
    ("completion", "said"),
    [("5.00", NOBODY), ("4.9999", ("medium", ["low_progress"])), ("10", NOBODY), ("0", ("medium", ["low_progress"]))],
)
def test_below_half_of_what_is_expected_is_low_progress(completion: str, said: object) -> None:
    """After 35 days 10 % are expected; exactly 50.00 % of that is not below half."""
    enrollment = school.enroll(days=35, completion_percentage=completion)
    school.completed(enrollment)

    assert said == school.found(enrollment)
