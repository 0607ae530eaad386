"""The oracle itself is right: what crontab(5) and cron(8) say in words, and what the zones' clocks really did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.scheduler.expressions import changes
from tests.scheduler.oracle import ticks

NEW_YORK, LORD_HOWE = "America/New_York", "Australia/Lord_Howe"
#: Noon UTC before the clocks of New York go forward at 02:00 and back at 02:00.
FORWARD, BACK = datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 10, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def _due(expression: str, zone: str, after: datetime, change: str = "once") -> list[str]:
    return [f"{tick:%d %H:%M}" for tick in ticks(expression, zone, after, after + DAY, change)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 9 * * mon", [2, 9, 16, 23, 30]),
        ("0 9 * * 1", [2, 9, 16, 23, 30]),
        ("0 9 * * 0", [1, 8, 15, 22, 29]),
        ("0 9 * * 7", [1, 8, 15, 22, 29]),
        ("0 9 13 * 5", [6, 13, 20, 27]),
        ("0 9 1,15 * fri", [1, 6, 13, 15, 20, 27]),
        ("0 9 */10 * 0", [1]),
        ("0 9 1-7 * *", [1, 2, 3, 4, 5, 6, 7]),
        ("0 9 10-20/5 nov *", [10, 15, 20]),
        ("0 9 30 2 *", []),
    ],
)
def test_days_are_those_of_crontab(expression: str, expected: list[int]) -> None:
    """November 2026 begins with a Sunday; two given day fields are an OR, one that begins with a star makes an AND."""
    found = ticks(expression, "UTC", datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))

    assert expected == [tick.day for tick in found]


def test_a_time_that_does_not_exist_is_due_right_after_the_gap() -> None:
    """02:30 and 02:45 of New York's spring day are 03:00, which is 07:00 UTC, once; or not at all."""
    assert ["08 07:00"] == _due("30,45 2 * * *", NEW_YORK, FORWARD)
    assert [] == _due("30,45 2 * * *", NEW_YORK, FORWARD, "skip")


def test_a_time_that_comes_twice_is_due_once_unless_both_are_asked_for() -> None:
    """01:30 of New York's autumn day is 05:30 and 06:30 UTC."""
    assert ["01 05:30"] == _due("30 1 * * *", NEW_YORK, BACK)
    assert ["01 05:30"] == _due("30 1 * * *", NEW_YORK, BACK, "skip")
    assert ["01 05:30", "01 06:30"] == _due("30 1 * * *", NEW_YORK, BACK, "both")


def test_a_star_follows_the_clock() -> None:
    """What is due every so many minutes goes on through both changes; every second hour by its name."""
    assert 48 == len(_due("*/30 * * * *", NEW_YORK, FORWARD)) == len(_due("*/30 * * * *", NEW_YORK, BACK))
    assert ["01 05:00", "01 05:30", "01 06:00", "01 06:30"] == _due("*/30 1 * * *", NEW_YORK, BACK)


def test_half_an_hour_is_a_change_as_well() -> None:
    """Lord Howe's clocks go from 02:00 to 02:30 on 2026-10-04 at 15:30 UTC of the day before."""
    before = datetime(2026, 10, 3, 12, tzinfo=UTC)

    assert ["03 15:30", "03 15:40"] == _due("10,40 2 * * *", LORD_HOWE, before)
    assert ["03 15:40"] == _due("10,40 2 * * *", LORD_HOWE, before, "skip")


def test_the_zones_change_their_clocks_when_they_do() -> None:
    """Sixty changes in thirty years where there is summer time, none where there is none."""
    assert [60, 60, 0, 0] == [len(changes(zone)) for zone in (NEW_YORK, LORD_HOWE, "Asia/Kolkata", "UTC")]
    assert datetime(2026, 10, 3, 15, 30, tzinfo=UTC) in changes(LORD_HOWE)
