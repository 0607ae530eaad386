"""What is computed ahead is what happens: thirty years in five zones, each minute looked at by the oracle.

Bound: every tick of the two or three days after any second of 2015 to 2044, most of all around changes of the clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import takewhile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwork.scheduler.cron import BadSchedule, read
from tests.scheduler import expressions, oracle
from tests.scheduler.expressions import ZONES

#: The zones whose clocks are changed: by an hour, and by half an hour.
CHANGING = ZONES[:3]
SPAN = timedelta(days=2)
#: From any day there is every date on every weekday within so many years, 2100 included.
ALL_DATES = 40

policies = st.sampled_from(["once", "skip", "both"])
drawn = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_changes = lru_cache(expressions.changes)


@pytest.mark.parametrize("zone", ZONES)
@drawn
@given(cron=expressions.expressions(), after=expressions.instants(), policy=policies)
def test_any_two_days_are_as_the_oracle_says(zone: str, cron: str, after: datetime, policy: str) -> None:
    """Every tick of any expression, in order and none twice, whatever second one begins at."""
    _compare(cron, zone, after, after + SPAN, policy)


@pytest.mark.parametrize("zone", CHANGING)
@drawn
@given(data=st.data(), cron=expressions.expressions(), policy=policies)
def test_days_around_a_change_of_the_clock_are_as_the_oracle_says(
    zone: str, data: st.DataObject, cron: str, policy: str
) -> None:
    """From a day and a half before a change to half a day after it, the hour that comes twice included."""
    change = data.draw(st.sampled_from(_changes(zone)))
    after = change + timedelta(seconds=data.draw(st.integers(-130_000, 43_200)))
    _compare(cron, zone, after, change + SPAN, policy)


@pytest.mark.parametrize("zone", CHANGING)
@pytest.mark.parametrize("policy", ["once", "skip", "both"])
@pytest.mark.parametrize("cron", ["*/10 * * * *", "15,45 1-3 * * *", "0 */2 * * *", "59 2 * * 0", "0 0 * * *"])
def test_no_change_in_thirty_years_is_an_exception(zone: str, policy: str, cron: str) -> None:
    """Every change of a zone's clocks from 2015 to 2044 for times of day within it, each sixth one for the others."""
    for change in _changes(zone)[:: 1 if cron.startswith("15") else 6]:
        _compare(cron, zone, change - timedelta(hours=4), change + timedelta(hours=4), policy)


@pytest.mark.parametrize(
    ("zone", "cron"),
    [
        (ZONES[0], "30 2 * * *"),
        (ZONES[2], "15 2 */3 * *"),
    ],
)
def test_a_whole_year_is_as_the_oracle_says(zone: str, cron: str) -> None:
    """All 525,600 minutes of 2026."""
    _compare(cron, zone, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), "once")


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("5-5/10 * * * *", [5]),
        ("0,30-30/7 * * * *", [0, 30]),
        ("5-05/10 * * * *", [5]),
    ],
)
def test_a_range_of_one_value_is_that_value_whatever_its_step(cron: str, expected: list[int]) -> None:
    """5-5/10 is 5: a range ends where it says, and does not run on to the end of the field."""
    begin = datetime(2026, 1, 1, 12, tzinfo=UTC) - timedelta(seconds=1)
    until = begin + timedelta(hours=1)

    assert expected == [tick.minute for tick in takewhile(lambda tick: tick <= until, read(cron).ticks(begin))]


@given(cron=expressions.expressions())
@settings(max_examples=150, deadline=None)
def test_an_expression_is_refused_if_and_only_if_no_day_is_like_it(cron: str) -> None:
    """What is refused was looked for on every day of forty years; what is taken is found on one of them."""
    reading, day = oracle.read(cron), datetime(2026, 1, 1, tzinfo=UTC)
    days = (day + timedelta(days=number) for number in range(366 * ALL_DATES))
    exists = any(reading.on(each.year, each.month, each.day) for each in days)

    assert exists == _is_taken(cron)


@given(cron=expressions.expressions(), zone=st.sampled_from(ZONES), after=expressions.instants())
@settings(max_examples=60, deadline=None)
def test_where_one_begins_makes_no_difference(cron: str, zone: str, after: datetime) -> None:
    """The tick after a tick is the second one after any instant before it: nothing is remembered but the instant."""
    schedule = read(cron, zone) if _is_taken(cron) else read("@hourly", zone)
    first = schedule.next(after)
    walked = schedule.ticks(after)

    assert [first, schedule.next(first)] == [next(walked), next(walked)]
    assert after < first == schedule.next(first - timedelta(microseconds=1))


def _compare(cron: str, zone: str, after: datetime, until: datetime, policy: str) -> None:
    expected = oracle.ticks(cron, zone, after, until, policy)
    if _is_taken(cron):
        found = list(takewhile(lambda tick: tick <= until, read(cron, zone, policy).ticks(after)))
        assert expected == found
    else:
        assert expected == []


def _is_taken(cron: str) -> bool:
    try:
        read(cron)
    except BadSchedule:
        return False
    return True
