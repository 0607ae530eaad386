"""When periods end, and on which days a learner is told of a payment that was refused: rules, and no database.

Months are those of the calendar in UTC: a subscription of the 31st ends on the 28th, 29th or 30th where a month has no
31st, and on the 31st again in the next that has. learncraft.md has no length of a period, so it is that of the one that
ends: in whole months, one at least. The days of dunning are the learning platform's own: 0, 3, 7 and 13; after 14 the
subscription expires.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta

DUNNING = (0, 3, 7, 13)
EXPIRES_AFTER = timedelta(days=14)
_MONTHS = 12


def months_between(start: datetime, end: datetime) -> int:
    """Return how many months a period has, to the nearest; one at least."""
    whole = (end.year - start.year) * _MONTHS + end.month - start.month
    return max(1, min((whole - 1, whole, whole + 1), key=lambda months: abs(end - add_months(start, months))))


def add_months(moment: datetime, months: int) -> datetime:
    """Return the same time of day so many months later, on the last day of the month where that day is missing."""
    count = moment.year * _MONTHS + moment.month - 1 + months
    year, month = divmod(count, _MONTHS)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def next_period(anchor: datetime, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return the anchor and the end of the period that follows one from `start` to `end`.

    Ends are whole months after the anchor, when a first period began; where this one's is not (a trial, a change of
    plan), it is the anchor from now on.
    """
    since = months_between(anchor, end)
    if add_months(anchor, since) != end:
        anchor, since = end, 0
    return anchor, add_months(anchor, since + months_between(start, end))


def dunning_day(refused_at: datetime, now: datetime, told: int | None) -> int | None:
    """Return the day of dunning that is to be told of now, the latest that has come; None where it was told."""
    come = [day for day in DUNNING if refused_at + timedelta(days=day) <= now]
    if not come or (told is not None and told >= come[-1]):
        return None
    return come[-1]


def is_over(refused_at: datetime, now: datetime) -> bool:
    """Tell whether a refused subscription expires."""
    return now >= refused_at + EXPIRES_AFTER
