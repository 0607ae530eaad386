"""What is no expression of cron(8), never fires, or names no zone is refused, with the reason."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwork.scheduler.cron import BadSchedule, read
from bellwork.scheduler.cron_text import WORDS

SOME_DAY = datetime(2026, 11, 1, tzinfo=UTC)
REFUSED = {
    "": "it has 0 fields",
    " ": "it has 0 fields",
    "* * * *": "it has 4 fields; give five",
    "* * * * * *": "it has 6 fields; give five",
    "0 0 30 2 *": "never fires",
    "0 0 31 2,4,6,9,11 *": "never fires",
    "0 0 31 4 */2": "never fires",
    "@reboot": "nothing here boots",
    "@dayly": "the words are @yearly",
    "TZ=UTC 0 0 * * *": "the time zone has a field of its own",
    "CRON_TZ=UTC * * * *": "the time zone has a field of its own",
    "60 * * * *": "the minute '60' is not within 0-59",
    "* 24 * * *": "the hour '24' is not within 0-23",
    "0 0 0 * *": "the day of month '0' is not within 1-31",
    "0 0 * 13 *": "is not within 1-12 or jan-dec",
    "0 0 * * 8": "is not within 0-7 or sun-sat",
    "0 0 * * sat-sun": "runs backwards",
    "0 22-6 * * *": "runs backwards",
    "mon * * * *": "the minute 'mon' is not within 0-59",
    "0 0 * foo *": "is not within 1-12 or jan-dec",
    "0 0 * * monday": "is not understood",
    "*/0 * * * *": "has a step of 0",
    "0 1-3/0 * * *": "has a step of 0",
    "5/15 * * * *": "write 5-59/15",
    "-1 * * * *": "is not understood",
    "1- * * * *": "is not understood",
    "1,,2 * * * *": "the minute '' is not understood",
    "1.5 * * * *": "is not understood",
    "*5 * * * *": "is not understood",
    "? * * * *": "is not understood",
    "0 0 L * *": "is not understood",
    "0 0 LW * *": "is not understood",
    "0 0 * * 1#2": "is not understood",
    "0 0 * * 5L": "is not understood",
    "H * * * *": "is not understood",
    "\u0661 * * * *": "is not understood",
    "1e1 * * * *": "is not understood",
    "0x1 * * * *": "is not understood",
    "* * * * *\n": "printable characters",
    "* * * * *\x00": "printable characters",
    "\x1b[31m* * * *": "printable characters",
    "9" * 201: "at most 200",
    "1," * 90 + "1 * * * * *": "it has 6 fields",
    "99999999999999999999 * * * *": "is not understood",
}
NO_ZONES = [
    "",
    " ",
    "Nowhere/Land",
    "America",
    "../../etc/passwd",
    "/etc/localtime",
    "a\0b",
    "UTC+1",
    "GMT+25",
    "\u00e9",
]
ODD_ZONES = ["localtime", "posixrules", "right/UTC", "posix/UTC", "z" * 300, "europe/berlin\n", "\udcff"]


@pytest.mark.parametrize("expression", REFUSED)
def test_what_cron_would_not_read_is_refused_with_the_reason(expression: str) -> None:
    """The message quotes what was given, and says which part of it is wrong."""
    with pytest.raises(BadSchedule) as refusal:
        read(expression)

    assert REFUSED[expression] in str(refusal.value)
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize("zone", NO_ZONES + ODD_ZONES)
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    """So is one that means something else on each machine, and no file outside of the zone data is opened."""
    with pytest.raises(BadSchedule, match="is no time zone; give an IANA name"):
        read("* * * * *", zone)


@pytest.mark.parametrize("word", WORDS)
def test_words_stand_for_what_crontab_says(word: str) -> None:
    """In any case, and with blanks around."""
    assert read(WORDS[word]).cron == read(f" {word.upper()} ").cron


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 29 2 *",
        "0 0 29 FEB */7",
        "*/7 * * * *",
        "0 9-17/2 * * MON-FRI",
        "0 0 1,15 * 5",
        "59 23 31 12 7",
        "0  0 * * *",
    ],
)
def test_what_cron_reads_is_read(expression: str) -> None:
    """Names in any case, steps that do not divide, a leap day, Sunday as 7, more than one blank."""
    assert 5 == len(read(expression).cron.split())


@settings(deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"[0-9*/,\-a-z@ ]{1,40}", fullmatch=True))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing else is raised, and what is read has a next time."""
    try:
        schedule = read(text)
    except BadSchedule:
        return

    assert 5 == len(schedule.cron.split())


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("5\t4  *\t* *", "5 4 * * *"),
        ("\t@daily ", "0 0 * * *"),
        ("*/100 4 * * *", "0 4 * * *"),
        ("0 1-3/100 * * *", "0 1 * * *"),
        ("0 0 1 */13 *", "0 0 1 1 *"),
        ("0 0 * * 2-6/9", "0 0 * * 2"),
    ],
)
def test_what_crontabs_hold_is_read_as_cron_reads_it(written: str, same: str) -> None:
    """Tabs and runs of spaces between fields; a step larger than its field or range leaves the first value."""
    ticks, expected = (islice(read(each).ticks(SOME_DAY), 12) for each in (written, same))

    assert list(expected) == list(ticks)


def test_a_large_step_says_the_first_monday() -> None:
    """A star in the day of month asks for both days, whatever its step: the known way to name a first weekday."""
    ticks = list(islice(read("1 1 */100,1-7 * MON").ticks(SOME_DAY), 24))

    assert all(tick.weekday() == 0 and tick.day <= 7 for tick in ticks)
    assert len({(tick.year, tick.month) for tick in ticks}) == 24
