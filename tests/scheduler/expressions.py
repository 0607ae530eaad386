"""Expressions as people write them, and as nobody does, drawn for the tests of the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import strategies as st

from tests.scheduler.oracle import MONTHS, WEEKDAYS, walk

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
#: The years that are looked at: zone data are known to the past, and a rule beyond 2037.
FIRST, LAST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC)


def field(low: int, high: int, names: list[str] | None = None) -> st.SearchStrategy[str]:
    """Draw a field: a star, numbers, names, ranges, steps, and lists of them."""
    number = st.integers(low, high)
    item = st.one_of(number.map(str), st.sampled_from(names) if names else st.nothing(), _span(low, high))
    listed = st.lists(item, min_size=1, max_size=3).map(",".join)
    stepped = st.integers(1, 2 * (high - low + 1)).map("*/{}".format)
    return st.one_of(st.just("*"), stepped, listed)


def _span(low: int, high: int) -> st.SearchStrategy[str]:
    ends = st.tuples(st.integers(low, high), st.integers(low, high)).map(sorted)
    step = st.one_of(st.just(""), st.integers(1, 2 * (high - low + 1)).map("/{}".format))
    return st.builds(lambda pair, every: f"{pair[0]}-{pair[1]}{every}", ends, step)


def expressions() -> st.SearchStrategy[str]:
    """Draw five fields, whose days are often stars, as is usual."""
    star = st.just("*")
    fields = [
        field(0, 59),
        st.one_of(field(0, 23), field(0, 4)),
        st.one_of(star, star, field(1, 31)),
        st.one_of(star, star, field(1, 12, MONTHS)),
        st.one_of(star, star, field(0, 7, WEEKDAYS)),
    ]
    return st.tuples(*fields).map(" ".join)


def instants() -> st.SearchStrategy[datetime]:
    """Draw an instant, to the second."""
    seconds = int((LAST - FIRST).total_seconds())
    return st.integers(0, seconds).map(lambda after: FIRST + timedelta(seconds=after))


def changes(zone: str) -> list[datetime]:
    """List the instants in those years at which the zone's clocks were or will be changed."""
    found, day = [], FIRST
    while day < LAST:
        following = day + timedelta(days=1)
        walls = [next(walk(zone, instant, instant))[1] for instant in (day, following)]
        if walls[1] - walls[0] != following - day:
            found.append(_minute_of_change(zone, day, following))
        day = following
    return found


def _minute_of_change(zone: str, day: datetime, following: datetime) -> datetime:
    steps = list(walk(zone, day, following))
    return next(later[0] for earlier, later in pairwise(steps) if later[1] - earlier[1] != later[0] - earlier[0])
