"""When an expression is due, found the slow way: every minute of the zone is looked at, and nothing is computed ahead.

It shares no line with what it judges: fields are read here once more, and gaps and repeated hours are what is seen
when the wall clock jumps from one minute to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE = timedelta(minutes=1)
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
#: The lowest and the highest number of each field, and the names of its numbers from 0.
_FIELDS: list[tuple[int, int, list[str]]] = [
    (0, 59, []),
    (0, 23, []),
    (1, 31, []),
    (1, 12, ["", *MONTHS]),
    (0, 7, WEEKDAYS),
]


@dataclass(frozen=True)
class Reading:
    """An expression as crontab(5) explains it.

    `either`: both day fields are given, and one is enough. `by_the_wall`: the minute or the hour begins with a star,
    so that a changed clock is simply followed.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool
    by_the_wall: bool

    def matches(self, wall: datetime) -> bool:
        """Tell whether a minute on the wall is meant."""
        return wall.minute in self.minutes and wall.hour in self.hours and self.on(wall.year, wall.month, wall.day)

    def on(self, year: int, month: int, day: int) -> bool:
        """Tell whether a day is meant."""
        if month not in self.months:
            return False
        asked = (day in self.days, datetime(year, month, day, tzinfo=UTC).isoweekday() % 7 in self.weekdays)
        return any(asked) if self.either else all(asked)


@lru_cache
def read(expression: str) -> Reading:
    """Read five fields."""
    words = expression.lower().split()
    minutes, hours, days, months, weekdays = (_field(word, *field) for word, field in zip(words, _FIELDS, strict=True))
    stars = [word.startswith("*") for word in words]
    return Reading(
        minutes,
        hours,
        days,
        months,
        frozenset(value % 7 for value in weekdays),
        either=not (stars[2] or stars[4]),
        by_the_wall=stars[0] or stars[1],
    )


def ticks(expression: str, zone: str, after: datetime, until: datetime, change: str = "once") -> list[datetime]:
    """List the instants after `after`, up to and with `until`, at which an expression is due."""
    reading = read(expression)
    steps = (
        _by_the_wall(reading, zone, after, until)
        if reading.by_the_wall
        else _by_name(reading, zone, after, until, change)
    )
    return [instant for instant in steps if after < instant]


def walk(zone: str, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield each whole minute from `first` to `last`, and what the wall clock of the zone says then."""
    place, instant = ZoneInfo(zone), first.astimezone(UTC).replace(second=0, microsecond=0)
    while instant <= last:
        yield instant, instant.astimezone(place).replace(tzinfo=None)
        instant += MINUTE


def _by_the_wall(reading: Reading, zone: str, after: datetime, until: datetime) -> Iterator[datetime]:
    return (instant for instant, wall in walk(zone, after, until) if reading.matches(wall))


def _by_name(reading: Reading, zone: str, after: datetime, until: datetime, change: str) -> Iterator[datetime]:
    """Follow the clock from a day earlier, so that it is known which minutes come for the second time."""
    latest = None
    for instant, wall in walk(zone, after - timedelta(days=1), until):
        latest = latest or wall - MINUTE
        skipped = _between(latest, wall)
        is_again = wall <= latest
        if (change != "skip" and any(map(reading.matches, skipped))) or (
            reading.matches(wall) and (change == "both" or not is_again)
        ):
            yield instant
        latest = max(latest, wall)


def _between(earlier: datetime, later: datetime) -> list[datetime]:
    """List the minutes that the wall clock never showed."""
    return [earlier + MINUTE * number for number in range(1, (later - earlier) // MINUTE)]


def _field(word: str, low: int, high: int, names: list[str]) -> frozenset[int]:
    return frozenset(value for item in word.split(",") for value in _item(item, low, high, names))


def _item(item: str, low: int, high: int, names: list[str]) -> range:
    span, _, step = item.partition("/")
    first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
    numbers = [names.index(name) if name in names else int(name) for name in (first, last or first)]
    return range(numbers[0], numbers[1] + 1, int(step or 1))
