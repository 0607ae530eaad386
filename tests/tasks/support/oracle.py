"""The rules of detection once more, in plain Python over plain rows; it knows nothing of the statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

LEVELS = ("low", "medium", "high")


@dataclass
class History:
    """An enrollment, and all that happened in it: attempts as (when, source id, passed, score)."""

    enrolled_at: datetime
    completion: Fraction = Fraction(100)
    attempts: list[tuple[datetime, str, bool, Fraction | None]] = field(default_factory=list)
    topics: list[datetime] = field(default_factory=list)
    questions: list[datetime] = field(default_factory=list)


def judge(history: History, now: datetime) -> tuple[str | None, list[str]]:
    """Say the level, and the reasons in the order of the rules; None and no reason where nobody is at risk."""
    level, reasons = 0, []
    newest = sorted((each for each in history.attempts if each[0] <= now), key=lambda each: each[:2], reverse=True)[:10]
    failed = len([each for each in newest if not each[2]])
    if failed >= 3:
        reasons.append("quiz_failures")
        level = max(level, 2 if failed >= 5 else 1)
    enrolled = now - history.enrolled_at
    expected = Fraction(2) * enrolled.days / 7
    if enrolled > timedelta(days=7) and history.completion < expected / 2:
        reasons.append("low_progress")
        level = max(level, 1)
    scores = [each[3] for each in newest if now - each[0] < timedelta(days=30) and each[3] is not None]
    if scores and sum(scores) / Fraction(len(scores)) < 60:
        reasons.append("low_quiz_average")
        level = max(level, 1)
    active = max([history.enrolled_at, *(each for each in history.topics if each <= now)])
    if now - active >= timedelta(days=7):
        reasons.append("inactive")
        level += 1
    if len([each for each in history.questions if timedelta() <= now - each < timedelta(days=7)]) >= 5:
        reasons.append("ai_escalations")
        level += 1
    return (LEVELS[min(level, 2)], reasons) if reasons else (None, [])
