"""Who is nudged, and when: the rules of study_companion.md as pure functions; select.sql says the same for all at once.

Times are aware datetimes, days are the learner's own: in the zone of `profile.preferences.time_zone`, else in UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["cross_subject", "inactivity", "login"]
#: Why a nudge that is due does not go. `given`: one of its type went today, which is no suppression and not recorded.
Reason = Literal["opted_out", "given", "one_a_day", "unopened", "spell", "cap", "late"]

#: A learner is inactive that signed up so long ago and had fewer sessions than these, of all time.
INACTIVE_AFTER, FEW_SESSIONS = timedelta(days=7), 3
#: A goal is news for so long after it was reached; no nudge but for inactivity goes while one of so long is unopened.
NEWS_FOR = UNOPENED_FOR = timedelta(days=7)
#: Inactivity nudges without a session in between, at most, unless NUDGES_PER_SPELL says otherwise.
PER_SPELL = 5
#: Nudges a day where the profile names no number (`nudge_frequency_cap`, study_companion.md), and at most.
CAP, MOST = 1, 100
#: No letter goes from this hour on, on the learner's clock.
LAST_HOUR = time(20)
#: Subjects that a nudge suggests, at most.
SUGGESTIONS = 3
#: The channel of each type: a letter goes for `both`.
CHANNELS: dict[Kind, Literal["in_app", "both"]] = {"cross_subject": "in_app", "inactivity": "both", "login": "in_app"}

_ZONE = re.compile(r"[A-Za-z_]+(/[A-Za-z_-]+){1,2}|Etc/GMT([+]([0-9]|1[0-2])|-([0-9]|1[0-4]))")
_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Learner:
    """What the rules look at: `sessions` are those held by now, `slots` and `types` are of nudges on the learner's day.

    `others` counts the nudges of that day that somebody else wrote, `spell` our inactivity nudges of days after the
    last session; `unopened` is when the newest nudge was sent that was not opened.
    """

    signed_up: datetime
    sessions: int = 0
    preferences: Mapping[str, Any] = field(default_factory=dict)
    slots: int = 0
    types: frozenset[str] = frozenset()
    others: int = 0
    spell: int = 0
    unopened: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether a nudge goes now (`reason` is None), else why not, and when it may go where that is known."""

    reason: Reason | None
    next_at: datetime | None = None


def cap_of(preferences: Mapping[str, Any]) -> int:
    """Return how many nudges a day a learner may get, of all types; a number is rounded down, anything else is CAP."""
    asked = preferences.get("nudge_frequency_cap")
    if isinstance(asked, bool) or not isinstance(asked, int | float):
        return CAP
    return int(min(max(asked, 0), MOST))


def preferences_of(profile: object) -> Mapping[str, Any]:
    """Return what `profile.preferences` holds; nothing where a profile is of another shape."""
    found = profile.get("preferences") if isinstance(profile, dict) else None
    return found if isinstance(found, dict) else {}


def has_opted_out(preferences: Mapping[str, Any]) -> bool:
    """Tell whether a learner wants none: `nudges` is false."""
    wish = preferences.get("nudges")
    return wish is False or wish == "false"


def zone_of(preferences: Mapping[str, Any]) -> ZoneInfo:
    """Return a learner's time zone; UTC where none is named, or none that is known."""
    return _zone(str(preferences.get("time_zone")))


def day_of(now: datetime, zone: ZoneInfo) -> date:
    """Return the day that it is for somebody in a zone."""
    return now.astimezone(zone).date()


def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return when a clock shows a time on a day: the second time where it comes twice, later where it never comes."""
    both = (datetime.combine(day, clock, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(both)


def quiet_until(now: datetime, preferences: Mapping[str, Any]) -> datetime:
    """Return when a learner's quiet hours ("21:00-07:00") end, or `now` where it is none of them."""
    found = _QUIET.fullmatch(str(preferences.get("quiet_hours")))
    zone = zone_of(preferences)
    if found is None:
        return now
    begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    here = now.astimezone(zone)
    clock = here.time()
    quiet = begin <= clock < end if begin < end else (begin > end and (clock >= begin or clock < end))
    if not quiet:
        return now
    return instant(here.date() + timedelta(days=clock >= end), end, zone)


def last_moment(now: datetime, preferences: Mapping[str, Any]) -> datetime:
    """Return the moment from which no letter of today goes."""
    zone = zone_of(preferences)
    return instant(day_of(now, zone), LAST_HOUR, zone)


def tomorrow(now: datetime, preferences: Mapping[str, Any]) -> datetime:
    """Return when the learner's next day begins."""
    zone = zone_of(preferences)
    return instant(day_of(now, zone) + timedelta(days=1), time(), zone)


def is_inactive(learner: Learner, now: datetime) -> bool:
    """Tell whether a learner signed up seven days ago or more and had fewer than three sessions."""
    return learner.signed_up <= now - INACTIVE_AFTER and learner.sessions < FEW_SESSIONS


def is_news(reached_at: datetime, now: datetime) -> bool:
    """Tell whether a goal was reached within the last seven days."""
    return now - NEWS_FOR < reached_at <= now


def verdict(kind: Kind, learner: Learner, now: datetime, per_spell: int = PER_SPELL) -> Verdict:  # noqa: PLR0911 - a reason each
    """Say whether a nudge that is due goes now; the first reason against it counts."""
    cap, wishes = cap_of(learner.preferences), learner.preferences
    if has_opted_out(wishes):
        return Verdict("opted_out")
    if kind in learner.types:
        return Verdict("one_a_day", tomorrow(now, wishes)) if kind == "cross_subject" else Verdict("given")
    if kind != "inactivity" and learner.unopened is not None and learner.unopened > now - UNOPENED_FOR:
        return Verdict("unopened", learner.unopened + UNOPENED_FOR)
    if kind == "inactivity" and learner.spell >= per_spell:
        return Verdict("spell")
    if learner.slots + learner.others >= cap:
        return Verdict("cap", tomorrow(now, wishes) if cap else None)
    if CHANNELS[kind] == "both" and quiet_until(now, wishes) >= last_moment(now, wishes):
        return Verdict("late", tomorrow(now, wishes))
    return Verdict(None)


@lru_cache(maxsize=1_000)
def _zone(name: str) -> ZoneInfo:
    if not _ZONE.fullmatch(name):
        return ZoneInfo("UTC")
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return ZoneInfo(_any_case().get(name.lower(), "UTC"))


@lru_cache(maxsize=1)
def _any_case() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}
