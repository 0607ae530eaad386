"""The steps of a contract's end: each once, none too late, and nothing deleted without a week's notice."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bellwork.tasks.content.retention.steps import BEFORE, LAST_WORD, deletion_day, due_today

END = date(2027, 6, 30)
DAYS = st.integers(-40, 80)


def _lived(days: list[int]) -> tuple[list[tuple[int, str]], int | None]:
    """Look at the contract on these days, as the calendar does; return what was announced when, and the deletion."""
    told: dict[str, date] = {}
    announced: list[tuple[int, str]] = []
    for day in sorted(days):
        due = due_today(END, END + timedelta(days=day), told)
        if due.delete:
            return announced, day
        told |= {step.name: END + timedelta(days=day) for step in due.passed_over}
        if due.announce:
            announced.append((day, due.announce.name))
            told[due.announce.name] = END + timedelta(days=day)
    return announced, None


def test_a_contract_that_is_looked_at_each_day_takes_every_step_on_its_day() -> None:
    """Letters 7, 3 and 1 days before the end and 23 days after it; deleted on the 30th day after."""
    announced, deleted = _lived(list(range(-40, 80)))

    assert [(step.days, step.name) for step in (*BEFORE, LAST_WORD)] == announced
    assert 30 == deleted


@given(st.lists(DAYS, min_size=1))
def test_no_step_is_announced_twice_or_before_its_day_and_none_before_the_end_comes_after_it(days: list[int]) -> None:
    """On whatever days somebody looks, and however often on one."""
    announced, deleted = _lived(days)
    names = [name for _, name in announced]

    assert len(names) == len(set(names))
    for day, name in announced:
        step = next(step for step in (*BEFORE, LAST_WORD) if step.name == name)
        assert day >= step.days
        assert (step is LAST_WORD) == (day > 0)
    if deleted is not None:
        last_word = {name: day for day, name in announced}[LAST_WORD.name]
        assert deleted >= max(30, last_word + 7)


def test_an_end_long_ago_deletes_nothing_without_a_weeks_notice() -> None:
    """Entered by mistake or imported late: the last word first, the deletion a week after it."""
    assert ([(400, LAST_WORD.name)], 407) == _lived(list(range(400, 420)))


def test_after_days_without_a_calendar_only_the_nearest_step_is_announced() -> None:
    """Down from the 8th to the 2nd day before the end: one letter, not two."""
    announced, _ = _lived([-8, -2])

    assert [(-2, "ends_in_3_days")] == announced


def test_a_day_beyond_the_calendar_is_no_error() -> None:
    """The first and the last day that there are have no steps beside them."""
    assert due_today(date.max, date(2026, 11, 21), {}).announce is None
    assert LAST_WORD == due_today(date.min, date(2026, 11, 21), {}).announce
    assert date(2027, 7, 30) == deletion_day(END, END)
