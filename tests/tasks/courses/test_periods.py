"""When periods end: the 29th, 30th and 31st, leap years, trials; and on which days of dunning is told what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwork.tasks.courses.subscriptions.periods import (
    DUNNING,
    add_months,
    dunning_day,
    is_over,
    months_between,
    next_period,
)
from tests.tasks.courses.campus import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def day(text: str) -> datetime:
    """Return noon of a day."""
    return datetime.fromisoformat(f"{text}T12:00:00+00:00")


def _ends(start: str, first_end: str) -> Iterator[str]:
    anchor, began, ends = day(start), day(start), day(first_end)
    while True:
        anchor, after = next_period(anchor, began, ends)
        began, ends = ends, after
        yield ends.date().isoformat()


@pytest.mark.parametrize(
    ("start", "first_end", "then"),
    [
        ("2026-01-31", "2026-02-28", ["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]),
        ("2024-01-30", "2024-02-29", ["2024-03-30", "2024-04-30"]),
        ("2023-12-29", "2024-01-29", ["2024-02-29", "2024-03-29"]),
        ("2024-02-29", "2025-02-28", ["2026-02-28", "2027-02-28", "2028-02-29"]),
        ("2026-11-30", "2026-12-30", ["2027-01-30", "2027-02-28", "2027-03-30"]),
        ("2026-02-28", "2026-03-31", ["2026-04-30", "2026-05-31"]),
        ("2026-03-01", "2026-03-15", ["2026-04-15", "2026-05-15"]),
        ("2026-08-31", "2026-11-30", ["2027-02-28", "2027-05-31", "2027-08-31"]),
    ],
)
def test_periods_end_on_their_day_or_on_the_last_of_the_month(start: str, first_end: str, then: list[str]) -> None:
    """Months, quarters and years; a day that was missing comes back; a trial's end is a beginning."""
    ends = _ends(start, first_end)

    assert then == [next(ends) for _ in then]


@given(MOMENTS, st.integers(1, 36), st.integers(1, 40))
def test_a_period_follows_another_without_a_gap_and_never_drifts(anchor: datetime, months: int, count: int) -> None:
    """Each end is so many times the months after the anchor, whatever months lie between."""
    began, ends, kept = anchor, add_months(anchor, months), anchor
    for number in range(2, count + 2):
        kept, after = next_period(kept, began, ends)
        assert after > ends
        began, ends = ends, after
        assert (anchor, add_months(anchor, number * months)) == (kept, ends)


@given(MOMENTS, st.integers(-400, 400))
def test_months_are_added_as_postgresql_adds_them(moment: datetime, months: int) -> None:
    """On the last day of the month where the day is missing."""
    later = add_months(moment, months)

    assert later.timetz() == moment.timetz()
    assert (moment.year * 12 + moment.month + months) == later.year * 12 + later.month
    assert later.day == moment.day or (later + timedelta(days=1)).month != later.month


@pytest.mark.usefixtures("database")
def test_months_are_those_of_postgresql() -> None:
    """Every day of two years, a month and a year on."""
    found = rows("""
        SELECT CAST(d AS timestamptz) AS d, d + interval '1 month' AS m, d + interval '1 year' AS y
        FROM generate_series(timestamptz '2023-06-01+00', '2025-06-01+00', '1 day') AS d""")

    assert [(each.m, each.y) for each in found] == [(add_months(each.d, 1), add_months(each.d, 12)) for each in found]


@given(MOMENTS, st.timedeltas(timedelta(hours=1), timedelta(days=1200)))
def test_a_period_has_a_month_at_least(start: datetime, length: timedelta) -> None:
    """However short it was."""
    assert months_between(start, start + length) >= 1


def test_dunning_is_told_on_its_days_once_and_the_last_one_that_was_missed() -> None:
    """Days 0, 3, 7 and 13 from the refusal on; over after fourteen days, to the second."""
    refused = day("2026-11-30")
    told, said = None, []
    for hours in range(14 * 24):
        if (found := dunning_day(refused, refused + timedelta(hours=hours), told)) is not None:
            told = found
            said.append((hours, found))

    assert [(24 * each, each) for each in DUNNING] == said
    assert 7 == dunning_day(refused, refused + timedelta(days=9), 0)
    assert dunning_day(refused, refused + timedelta(days=9), 7) is None
    assert not is_over(refused, refused + timedelta(days=14) - timedelta(seconds=1))
    assert is_over(refused, refused + timedelta(days=14))
