"""The learner's numbers by brute force: plain loops over what happened, and nothing of what is tested."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Item:
    """A practice item: its subject, when it was completed (hours before now), and the goals it is tagged with."""

    subject: int | None
    hours: float | None
    completed: bool
    tags: tuple[int, ...] = ()


@dataclass(frozen=True)
class Goal:
    """A goal and its state before."""

    subject: int | None
    kind: str | None
    status: str


@dataclass(frozen=True)
class History:
    """All that happened to one learner; sessions are (subject, hours before now), nudges (opened, clicked)."""

    zone: Any = None
    goals: tuple[Goal, ...] = ()
    items: tuple[Item, ...] = ()
    sessions: tuple[tuple[int | None, float], ...] = ()
    ratings: dict[int, int | None] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    nudges: tuple[tuple[bool, bool], ...] = ()
    overrides: int = 0


def goal_numbers(history: History, number: int, now: datetime) -> tuple[Decimal, int, int]:
    """Return a goal's percentage, streak and xp."""
    goal = history.goals[number]
    done = [item for item in history.items if item.completed]
    counted = [item for item in done if number in item.tags] or [
        item for item in done if goal.subject is not None and item.subject == goal.subject
    ]
    held = [hours for subject, hours in history.sessions if hours >= 0 and subject == goal.subject is not None]
    wanted = {"SAT": 100, "AP": 75}.get((goal.kind or "").upper(), 50)
    rating = 1000
    if goal.subject is not None:
        rating = history.ratings.get(goal.subject) or 1000
    percent = (
        Fraction(60) * min(wanted, len(counted)) / wanted
        + Fraction(30) * min(500, max(0, rating - 1000)) / 500
        + Fraction(10) * min(10, len(held)) / 10
    )
    streak = _streak([*(item.hours for item in counted), *held], history.zone, now)
    return _two(percent), streak, 10 * len(counted) + 20 * len(held)


def learner_numbers(history: History, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what analytics and gamification have to hold."""
    done = [item for item in history.items if item.completed]
    held = [hours for _, hours in history.sessions if hours >= 0]
    xp = 10 * len(done) + 20 * len(held)
    sent = len(history.nudges)
    opened = sum(opened or clicked for opened, clicked in history.nudges)
    clicked = sum(clicked for _, clicked in history.nudges)
    analytics = {
        "override_count": history.overrides,
        "confidence_distribution": _distribution(history.answers),
        "nudge_engagement": {
            "opened": float(_two(Fraction(100 * opened, sent))) if sent else None,
            "clicked": float(_two(Fraction(100 * clicked, sent))) if sent else None,
        },
    }
    streak = _streak([*(item.hours for item in done), *held], history.zone, now)
    return analytics, {"xp": xp, "level": xp // 500 + 1, "streaks": streak}


def zone_of(zone: Any) -> ZoneInfo:
    """Return the zone that a profile means: one by its name, never a rule like '5' or 'EST5'."""
    try:
        if "/" not in zone:
            return ZoneInfo("UTC")
        return ZoneInfo(zone)
    except (TypeError, ValueError, KeyError, OSError):
        return ZoneInfo("UTC")


def _streak(hours: list[float | None], zone: Any, now: datetime) -> int:
    today = now.astimezone(zone_of(zone)).date()
    days = {_day(each, zone, now) for each in hours if each is not None and each >= 0}
    day = today if today in days else today - timedelta(days=1)
    length = 0
    while day in days:
        length += 1
        day -= timedelta(days=1)
    return length


def _day(hours: float, zone: Any, now: datetime) -> date:
    return (now - timedelta(hours=hours)).astimezone(zone_of(zone)).date()


def _distribution(answers: tuple[str, ...]) -> dict[str, float | None]:
    words = ("High", "Medium", "Low")
    if not answers:
        return dict.fromkeys(words)
    exact = {word: Fraction(10_000 * answers.count(word), len(answers)) for word in words}
    parts = {word: int(each) for word, each in exact.items()}
    for word in sorted(words, key=lambda word: (parts[word] - exact[word], words.index(word))):
        if sum(parts.values()) < 10_000:
            parts[word] += 1
    return {word: part / 100 for word, part in parts.items()}


def _two(value: Fraction) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
