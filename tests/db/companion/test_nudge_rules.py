"""Golden vectors of the nudge rules, on both sides of each threshold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bellwork.db.companion.nudges import rules
from bellwork.db.companion.nudges.rules import Learner, Verdict, verdict
from tests.db.companion.school import DAY, NOON

SECOND = timedelta(seconds=1)
MIDNIGHT = datetime(2026, 3, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "sessions", "inactive"),
    [(7 * DAY, 2, True), (7 * DAY - SECOND, 2, False), (7 * DAY, 3, False), (400 * DAY, 0, True), (0 * DAY, 0, False)],
)
def test_inactive_is_seven_days_and_fewer_than_three_sessions(age: timedelta, sessions: int, inactive: bool) -> None:
    """Days since signup and sessions of all time."""
    assert inactive is rules.is_inactive(Learner(NOON - age, sessions), NOON)


@pytest.mark.parametrize(
    ("ago", "news"), [(SECOND * 0, True), (7 * DAY - SECOND, True), (7 * DAY, False), (-SECOND, False)]
)
def test_a_goal_is_news_for_seven_days(ago: timedelta, news: bool) -> None:
    """Not before it is reached, and not at the end of the seventh day."""
    assert news is rules.is_news(NOON - ago, NOON)


@pytest.mark.parametrize(
    ("said", "cap"),
    [(None, 1), (1, 1), (0, 0), (3, 3), (2.9, 2), (-1, 0), (101, 100), (1e300, 100), ("5", 1), (True, 1), ([], 1)],
)
def test_the_cap_is_the_profiles_number(said: Any, cap: int) -> None:
    """One a day unless told."""
    assert cap == rules.cap_of({} if said is None else {"nudge_frequency_cap": said})


@pytest.mark.parametrize(
    ("said", "out"), [(False, True), ("false", True), (True, False), (None, False), (0, False), ("no", False)]
)
def test_false_opts_out(said: Any, out: bool) -> None:
    """And nothing else."""
    assert out is rules.has_opted_out({"nudges": said})


@pytest.mark.parametrize(
    ("named", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("america/argentina/salta", "America/Argentina/Salta"),
        ("Etc/GMT+12", "Etc/GMT+12"),
        ("Etc/GMT+13", "UTC"),
        ("noon5", "UTC"),
        ("America/New_York5", "UTC"),
        ("Mars/Olympus", "UTC"),
        ("../../etc/passwd", "UTC"),
        (5, "UTC"),
        (None, "UTC"),
    ],
)
def test_a_zone_is_one_of_the_tz_database(named: Any, zone: str) -> None:
    """Whatever else is said means UTC."""
    assert zone == str(rules.zone_of({"time_zone": named}))


@pytest.mark.parametrize(
    ("quiet", "zone", "now", "until"),
    [
        ("21:00-07:00", "UTC", "2026-03-10T20:59:59", "2026-03-10T20:59:59"),
        ("21:00-07:00", "UTC", "2026-03-10T21:00:00", "2026-03-11T07:00:00"),
        ("21:00-07:00", "UTC", "2026-03-11T06:59:59", "2026-03-11T07:00:00"),
        ("21:00-07:00", "UTC", "2026-03-11T07:00:00", "2026-03-11T07:00:00"),
        ("12:00-13:00", "UTC", "2026-03-10T12:30:00", "2026-03-10T13:00:00"),
        ("12:00-12:00", "UTC", "2026-03-10T12:00:00", "2026-03-10T12:00:00"),
        ("25:00-07:00", "UTC", "2026-03-10T23:00:00", "2026-03-10T23:00:00"),
        # The night in which the clock goes forward is an hour shorter, that in which it goes back an hour longer.
        ("21:00-07:00", "America/New_York", "2026-03-08T03:00:00", "2026-03-08T11:00:00"),
        ("21:00-07:00", "America/New_York", "2026-11-01T03:00:00", "2026-11-01T12:00:00"),
        # An end that never comes is half an hour later, one that comes twice is the second.
        ("21:00-02:30", "America/New_York", "2026-03-08T03:00:00", "2026-03-08T07:30:00"),
        ("21:00-01:30", "America/New_York", "2026-11-01T05:00:00", "2026-11-01T06:30:00"),
    ],
)
def test_quiet_hours_end_by_the_learners_clock(quiet: str, zone: str, now: str, until: str) -> None:
    """In UTC here; the end itself is not quiet."""
    then, end = (datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (now, until))

    assert end == rules.quiet_until(then, {"quiet_hours": quiet, "time_zone": zone})


@pytest.mark.parametrize(
    ("kind", "learner", "said"),
    [
        ("inactivity", {}, Verdict(None)),
        ("inactivity", {"preferences": {"nudges": False}}, Verdict("opted_out")),
        ("inactivity", {"slots": 1}, Verdict("cap", MIDNIGHT)),
        ("inactivity", {"others": 1}, Verdict("cap", MIDNIGHT)),
        ("inactivity", {"slots": 1, "others": 1, "preferences": {"nudge_frequency_cap": 3}}, Verdict(None)),
        ("inactivity", {"preferences": {"nudge_frequency_cap": 0}}, Verdict("cap")),
        ("inactivity", {"types": frozenset({"inactivity"}), "slots": 1}, Verdict("given")),
        ("inactivity", {"spell": 4}, Verdict(None)),
        ("inactivity", {"spell": 5}, Verdict("spell")),
        ("inactivity", {"unopened": NOON - DAY}, Verdict(None)),
        ("inactivity", {"preferences": {"quiet_hours": "11:00-20:00"}}, Verdict("late", MIDNIGHT)),
        ("inactivity", {"preferences": {"quiet_hours": "11:00-19:59"}}, Verdict(None)),
        ("cross_subject", {"preferences": {"quiet_hours": "11:00-20:00"}}, Verdict(None)),
        ("cross_subject", {"unopened": NOON - 7 * DAY}, Verdict(None)),
        ("cross_subject", {"unopened": NOON - 7 * DAY + SECOND}, Verdict("unopened", NOON + SECOND)),
        ("cross_subject", {"types": frozenset({"cross_subject"}), "slots": 1}, Verdict("one_a_day", MIDNIGHT)),
        ("login", {"unopened": NOON - DAY}, Verdict("unopened", NOON + 6 * DAY)),
        ("login", {"types": frozenset({"login"}), "slots": 1}, Verdict("given")),
        ("login", {"slots": 1}, Verdict("cap", MIDNIGHT)),
    ],
)
def test_the_first_reason_against_a_nudge_counts(kind: Any, learner: dict[str, Any], said: Verdict) -> None:
    """With the next time it may go, where that is known."""
    assert said == verdict(kind, Learner(NOON - 30 * DAY, **learner), NOON)
