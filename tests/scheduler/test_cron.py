"""An expression is due when cron(8) would run it; on the days of a clock change, when the entry says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwork.scheduler.cron import read

NEW_YORK, BERLIN, LORD_HOWE = "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"


def at(text: str) -> datetime:
    """Read an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due(cron: str, since: str, count: int, zone: str = "UTC", clock_change: str = "once") -> list[str]:
    """List the next instants, in UTC, in words."""
    ticks = read(cron, zone, clock_change).ticks(at(since))
    return [f"{tick:%m-%d %H:%M}" for tick in islice(ticks, count)]


def test_weekdays_count_from_sunday() -> None:
    """0 and 7 are Sunday, 1 is Monday."""
    assert ["11-22 09:00"] == due("0 9 * * 0", "2026-11-21", 1)
    assert ["11-22 09:00"] == due("0 9 * * 7", "2026-11-21", 1)
    assert ["11-23 09:00"] == due("0 9 * * 1", "2026-11-21", 1)
    assert ["11-23 09:00"] == due("0 9 * * MON", "2026-11-21", 1)


def test_a_day_and_a_weekday_are_either_of_them() -> None:
    """Day 15 or Monday; with a star in front, both."""
    assert ["12-07 00:00", "12-14 00:00", "12-15 00:00"] == due("0 0 15 * 1", "2026-12-01", 3)
    assert ["02-29 00:00"] == due("0 0 29 2 */7", "2026-12-01", 1), "a Sunday of 2032"


def test_steps_begin_anew_with_each_hour() -> None:
    """Every seventh minute, and the hour's first."""
    assert ["00:49", "00:56", "01:00", "01:07"] == [tick[6:] for tick in due("*/7 * * * *", "2026-01-01 00:42", 4)]


@pytest.mark.parametrize(
    ("clock_change", "expected"),
    [
        ("once", ["03-07 07:30", "03-08 07:00", "03-09 06:30"]),
        ("skip", ["03-07 07:30", "03-09 06:30", "03-10 06:30"]),
        ("both", ["03-07 07:30", "03-08 07:00", "03-09 06:30"]),
    ],
)
def test_a_time_that_does_not_exist(clock_change: str, expected: list[str]) -> None:
    """02:30 in New York on 8 March 2026: at 03:00 as the gap ends, or not at all."""
    assert expected == due("30 2 * * *", "2026-03-07", 3, NEW_YORK, clock_change)


@pytest.mark.parametrize(
    ("clock_change", "expected"),
    [
        ("once", ["10-31 05:30", "11-01 05:30", "11-02 06:30"]),
        ("skip", ["10-31 05:30", "11-01 05:30", "11-02 06:30"]),
        ("both", ["10-31 05:30", "11-01 05:30", "11-01 06:30"]),
    ],
)
def test_a_time_that_comes_twice(clock_change: str, expected: list[str]) -> None:
    """01:30 in New York on 1 November 2026: the first time, or both."""
    assert expected == due("30 1 * * *", "2026-10-31", 3, NEW_YORK, clock_change)


def test_half_an_hour_is_a_gap_too() -> None:
    """Lord Howe, 4 October 2026, 02:00 becomes 02:30; 5 April 2026, 02:00 becomes 01:30."""
    assert ["10-02 15:45", "10-03 15:30", "10-04 15:15"] == due("15 2 * * *", "2026-10-02", 3, LORD_HOWE)
    assert ["04-03 14:45", "04-04 14:45", "04-05 15:15"] == due("45 1 * * *", "2026-04-03", 3, LORD_HOWE)
    assert ["04-04 14:45", "04-04 15:15"] == due("45 1 * * *", "2026-04-04", 2, LORD_HOWE, "both")


def test_several_times_in_one_gap_are_one() -> None:
    """Four quarters of an hour that does not exist, and the whole hour behind it: once, at the gap's end."""
    expected = ["03-29 01:00", "03-30 00:00"]

    assert expected == due("0,15,30,45 2 * * *", "2026-03-28 02:00", 2, BERLIN)
    assert ["03-29 01:00", "03-29 02:00"] == due("0 2-4 * * *", "2026-03-28 03:00", 2, BERLIN)


@pytest.mark.parametrize("clock_change", ["once", "skip", "both"])
def test_a_star_in_the_hour_means_every_hour_there_is(clock_change: str) -> None:
    """Through both nights, 60 minutes lie between two of them, whatever is asked of fixed times."""
    for night in ("2026-03-08 04:00", "2026-11-01 03:00"):
        ticks = list(islice(read("0 * * * *", NEW_YORK, clock_change).ticks(at(night)), 6))

        assert {timedelta(hours=1)} == {later - earlier for earlier, later in pairwise(ticks)}


def test_the_walk_may_begin_in_the_hour_that_comes_again() -> None:
    """Between the second 01:00 and the second 01:45 nothing is due that ran at the first 01:45; with both, it is."""
    assert ["11-02 06:45"] == due("45 1 * * *", "2026-11-01 06:10", 1, NEW_YORK)
    assert ["11-01 06:45"] == due("45 1 * * *", "2026-11-01 06:10", 1, NEW_YORK, "both")


def test_a_day_that_does_not_exist_is_a_gap() -> None:
    """Apia went from 29 to 31 December 2011: a fixed time of the 30th ran as the 31st began."""
    assert ["12-29 22:00", "12-30 10:00"] == due("0 12 29,30 12 *", "2011-12-29", 2, "Pacific/Apia")


@settings(deadline=None)
@given(
    st.sampled_from([NEW_YORK, BERLIN, LORD_HOWE, "Asia/Kolkata", "America/St_Johns", "UTC"]),
    st.sampled_from(["*/20 * * * *", "30 1,2 * * *", "0-59/9 1-3 * * *", "0 0 * * *", "5 */3 1-7 * 0"]),
    st.sampled_from(["once", "skip", "both"]),
    st.datetimes(datetime(2004, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001 - made aware below
)
def test_wherever_the_walk_begins_it_is_the_same_walk(zone: str, cron: str, clock_change: str, start: datetime) -> None:
    """It goes forward without repeating itself, and starting from any of its ticks gives the next."""
    schedule = read(cron, zone, clock_change)
    ticks = list(islice(schedule.ticks(start.replace(tzinfo=UTC)), 30))

    assert all(earlier < later for earlier, later in pairwise([start.replace(tzinfo=UTC), *ticks]))
    assert ticks[1:] == [schedule.next(tick) for tick in ticks[:-1]]
