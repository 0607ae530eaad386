"""Cron expressions as cron(8) reads them, in a time zone: what is refused and why, and the instants that follow.

A day on which clocks are changed is read like this (`clock_change`):

    fixed time of day     it does not exist that day         it comes twice
    once                  the first instant after the gap    the first time only
    skip                  not at all                         the first time only
    both                  the first instant after the gap    both times

An expression whose minute or hour begins with * is no time of day: it is due at every instant whose clock matches.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from cronsim import CronSim

from bellwork.scheduler.cron_text import BadSchedule, fields, time_zone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

__all__ = ["BadSchedule", "Schedule", "read"]

_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)


@dataclass(frozen=True)
class Schedule:
    """An expression that was read, in its zone."""

    cron: str
    zone: ZoneInfo
    clock_change: str

    @cached_property
    def is_fixed(self) -> bool:
        """Whether it names times of day: neither minute nor hour begins with a star."""
        return not any(part.startswith("*") for part in self.cron.split()[:2])

    def next(self, after: datetime) -> datetime:
        """Return the first instant it is due strictly after `after`, in UTC."""
        return next(self.ticks(after))

    def ticks(self, after: datetime) -> Iterator[datetime]:
        """Yield the instants it is due strictly after `after`, in UTC and in order, without end."""
        after = after.astimezone(UTC)
        # Inside an hour that comes twice, what was there the first time is known only by walking through it.
        start = after - _DAY if after.astimezone(self.zone).fold else after
        return (tick for tick in self._walk(start) if tick > after)

    def _walk(self, start: datetime) -> Iterator[datetime]:
        """Walk along the wall clock, and at each change of it look at what the change left out or brought again."""
        here, offset = start, self._offset(start)
        wall = CronSim(self.cron, _naive(start + offset))
        while True:
            match = next(wall).replace(tzinfo=UTC)
            change = self._change(here, match - offset)
            if change is None:
                here = match - offset
                yield here
                continue
            old, offset = change + offset, self._offset(change)
            new, here = change + offset, change
            since = new
            if old <= match < new and self.is_fixed and self.clock_change != "skip":
                yield change
                since = new + _SECOND
            elif new < old and self.is_fixed and self.clock_change != "both":
                since = old
            wall = CronSim(self.cron, _naive(since - _SECOND))

    def _change(self, after: datetime, until: datetime) -> datetime | None:
        """Return the first instant in (after, until] at which the zone's offset is another one, to the second."""
        offset = self._offset(after)
        while after < until:
            later = min(after + _DAY, until)
            if self._offset(later) != offset:
                return self._bisect(after, later)
            after = later
        return None

    def _bisect(self, before: datetime, after: datetime) -> datetime:
        offset = self._offset(before)
        low, high = int(before.timestamp()), -int(-after.timestamp() // 1)
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(datetime.fromtimestamp(middle, UTC)) == offset:
                low = middle
            else:
                high = middle
        return datetime.fromtimestamp(high, UTC)

    def _offset(self, instant: datetime) -> timedelta:
        return instant.astimezone(self.zone).utcoffset() or timedelta()


def read(cron: str, zone: str = "UTC", clock_change: str = "once") -> Schedule:
    """Read an expression; raises BadSchedule, with the reason, for one that cron(8) does not know or never fires."""
    return Schedule(" ".join(fields(cron)), time_zone(zone), clock_change)


def _naive(wall: datetime) -> datetime:
    return wall.replace(tzinfo=None)
