"""Writes to students who have done nothing for a week: once a spell, by day, and not a word of levels or reasons."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bellwork.db.support.care.silence import begin_spells, is_silent
from bellwork.db.support.detection import clock
from bellwork.db.vocabulary.letter import Drop, Send, Wait
from bellwork.tasks.letters import NewLetter, post_many
from bellwork.tasks.providers.text import plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.vocabulary.letter import PostedLetter, Verdict

INACTIVE = "inactive"
#: A letter goes between these, on the student's clock.
FIRST, LAST = time(8), time(20)
_WIDE = 120


def write_to_silent(conn: Connection) -> int:
    """Post a letter for each spell that has lasted a week, in the caller's transaction; returns how many are new."""
    letters = [
        NewLetter(key=each.key, system="support", kind=INACTIVE, person=str(each.student), can_unsubscribe=True)
        for each in begin_spells(conn)
    ]
    post_many(conn, letters)
    return len(letters)


def check(conn: Connection, letter: PostedLetter) -> Verdict:
    """Say whether the spell goes on, and whether it is day where the student lives."""
    found = is_silent(conn, letter.key)
    if found is None or not found.silent:
        return Drop("the student has been active since, or the course is over", "superseded")
    if not found.email:
        return Drop("no address")
    now = clock(conn)
    until = by_day(now, found.time_zone)
    if until > now:
        return Wait(until, "it is night where the student lives")
    details = {"name": plain(found.name or "", _WIDE), "course": plain(found.course or "your course", _WIDE)}
    return Send(to=found.email, template=INACTIVE, details=details)


def by_day(now: datetime, zone: str | None) -> datetime:
    """Return `now`, or when the next morning begins, if it is night in the zone; without a known zone it is day."""
    try:
        here = now.astimezone(ZoneInfo(zone or ""))
    except (KeyError, OSError, ValueError):
        return now
    if FIRST <= here.time() < LAST:
        return now
    morning = here.date() + timedelta(days=here.time() >= LAST)
    return datetime.combine(morning, FIRST, here.tzinfo).astimezone(UTC)
