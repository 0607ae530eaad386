"""The steps by which a contract ends, by days: who is told when, and from when on an organization may be deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple


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


def due_today(end: date, today: date, told: dict[str, date]) -> Due:
    """Say what is due, given the last day of the contract and the days on which its steps were announced.

    Of several announcements that are due, the nearest to the end is made, once, and the others are passed over.
    """
    if today <= end:
        return _before_the_end([step for step in BEFORE if _day(end, step) <= today], told)
    if today < _day(end, LAST_WORD):
        return Due()
    if LAST_WORD.name not in told:
        return Due(announce=LAST_WORD)
    return Due(delete=today >= deletion_day(end, told[LAST_WORD.name]))


def deletion_day(end: date, last_word: date) -> date:
    """Return the first day on which everything may be deleted."""
    return max(end + timedelta(days=KEPT), last_word + timedelta(days=NOTICE))


def _before_the_end(reached: list[Step], told: dict[str, date]) -> Due:
    untold = [step for step in reached if step.name not in told]
    if not untold or untold[-1] != reached[-1]:
        return Due(passed_over=tuple(untold))
    return Due(announce=untold[-1], passed_over=tuple(untold[:-1]))


def _day(end: date, step: Step) -> date:
    """Return the step's day; one that no calendar has lies at its end."""
    try:
        return end + timedelta(days=step.days)
    except OverflowError:
        return date.max if step.days > 0 else date.min
