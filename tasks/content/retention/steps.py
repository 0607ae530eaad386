"""The steps by which a contract ends, by days: who is told when, and from when on an organization may be deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Step(NamedTuple):
    """An announcement, so many days after the last day of the contract (before it, where negative)."""

    name: str
    days: int


#: Seven, three and one day before the end; and a last word a week before everything is deleted.
BEFORE = (Step("ends_in_7_days", -7), Step("ends_in_3_days", -3), Step("ends_in_1_day", -1))
LAST_WORD = Step("deleted_in_7_days", 23)
#: Days that everything is kept after the end (vividly.md, Data Retention), and after the last word at the least: an
#: end that was entered by mistake, or long ago, is no reason to delete anything today.
KEPT, NOTICE = 30, 7


@dataclass(frozen=True)
class Due:
    """What is to be done about a contract today."""

    announce: Step | None = None
    passed_over: tuple[Step, ...] = ()
    delete: bool = False


def due_today(end: date, today: date, told: Mapping[str, date | None]) -> Due:
    """Say what is due, given the last day of the contract and the days on which its steps were told.

    Of several announcements that are due, the nearest to the end is made, once, and the others are passed over. The
    last word is announced until somebody was told (None: nobody was yet).
    """
    if today <= end:
        return _before_the_end([step for step in BEFORE if _day(end, step) <= today], told)
    if today < _day(end, LAST_WORD):
        return Due()
    last_word = told.get(LAST_WORD.name)
    if last_word is None:
        return Due(announce=LAST_WORD)
    return Due(delete=today >= deletion_day(end, last_word))


def deletion_day(end: date, last_word: date) -> date:
    """Return the first day on which everything may be deleted."""
    return max(_later(end, KEPT), _later(last_word, NOTICE))


def may_be_told(step: str, end: date, today: date, told: Mapping[str, date | None]) -> bool:
    """Tell whether a letter about a step still says the truth today, given the days on which steps were told.

    Before its day, after the end where it speaks of what is to come, and once the deletion is due, it does not.
    """
    if step == LAST_WORD.name:
        return today >= _day(end, LAST_WORD) and not due_today(end, today, told).delete
    return any(_day(end, each) <= today <= end for each in BEFORE if each.name == step)


def _before_the_end(reached: list[Step], told: Mapping[str, date | None]) -> Due:
    untold = [step for step in reached if step.name not in told]
    if not untold or untold[-1] != reached[-1]:
        return Due(passed_over=tuple(untold))
    return Due(announce=untold[-1], passed_over=tuple(untold[:-1]))


def _day(end: date, step: Step) -> date:
    return _later(end, step.days)


def _later(day: date, days: int) -> date:
    """Return the day so many days after (before, where negative); one that no calendar has lies at its end."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min
