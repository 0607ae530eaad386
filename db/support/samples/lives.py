"""Students of six kinds, in shares by which 5 to 10 of a hundred are at risk, and what each of them does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_FIRST = ("Ada", "Ben", "Cara", "Dan", "Eve", "Finn", "Gia", "Hugo", "Ines", "Jon", "Kaya", "Leo", "Mia", "Noor", "Ola")
_LAST = ("Abel", "Berg", "Costa", "Diaz", "Evans", "Fischer", "Garcia", "Haas", "Ito", "Jones", "Khan", "Lopez", "Moss")
SUBJECTS = ("Algebra", "Biology", "Calculus", "Chemistry", "English", "Geometry", "Physics", "Statistics")
#: Quizzes and topics of a student on a day: with them 1,000 students make 120 attempts a day, of the 100 to 500 that
#: are expected (student_interventions).
QUIZZES, TOPICS = 0.13, 0.14
#: The share of students who had one question handed to a person lately.
QUESTIONS = 0.3


@dataclass(frozen=True)
class Kind:
    """How students learn: share of all, chance to pass, mean score, progress by what is expected, days of silence."""

    name: str
    share: float
    passes: float
    score: float
    progress: float
    silent: int = 0
    asks: int = 0


KINDS = (
    Kind("steady", 0.86, 0.97, 82, 1.0),
    Kind("new", 0.06, 0.97, 80, 1.0),
    Kind("failing", 0.03, 0.45, 52, 0.9),
    Kind("silent", 0.025, 0.95, 80, 0.8, silent=12),
    Kind("slow", 0.015, 0.95, 78, 0.3),
    Kind("asking", 0.01, 0.9, 75, 0.9, asks=6),
)


@dataclass
class Rows:
    """Lines for COPY, by table."""

    user_profiles: list[str] = field(default_factory=list)
    student_enrollments: list[str] = field(default_factory=list)
    quiz_attempts: list[str] = field(default_factory=list)
    topic_completions: list[str] = field(default_factory=list)
    escalations: list[str] = field(default_factory=list)


def name_of(random: Random) -> str:
    """Return somebody's name."""
    return f"{random.choice(_FIRST)} {random.choice(_LAST)}"


def uuid_of(random: Random) -> str:
    """Return an id of version 4."""
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def live(random: Random, number: int, course: str, rows: Rows, *, end: datetime, days: int) -> None:  # noqa: PLR0913
    """Let a student enroll in a course, and learn for so many days at most before a moment."""
    [kind] = random.choices(KINDS, [each.share for each in KINDS])
    student, enrollment = uuid_of(random), uuid_of(random)
    enrolled = random.uniform(1, 6) if kind.name == "new" else random.uniform(days * 0.7, days)
    expected = 2 * enrolled / 7
    completion = min(100.0, expected * kind.progress * random.uniform(0.9, 1.3))
    started = end - timedelta(days=enrolled)
    rows.user_profiles.append(f"{student}\t{name_of(random)}\tstudent{number}@students.example\tUTC\n")
    rows.student_enrollments.append(f"{enrollment}\t{student}\t{course}\tactive\t{_at(started)}\t{completion:.2f}\n")
    last = max(0.0, enrolled - kind.silent)
    for nth, day in enumerate(_days(random, QUIZZES, last)):
        passed = random.random() < kind.passes
        score = min(100.0, max(0.0, random.gauss(kind.score if passed else kind.score - 30, 8)))
        moment = _at(started + timedelta(days=day))
        rows.quiz_attempts.append(f"q{number}-{nth}\t{enrollment}\t{passed}\t{score:.1f}\t{moment}\t{moment}\n")
    for nth, day in enumerate(_days(random, TOPICS, last, even=True)):
        moment = _at(started + timedelta(days=day))
        rows.topic_completions.append(f"t{number}-{nth}\t{enrollment}\t{moment}\t{moment}\n")
    for nth in range(kind.asks + (random.random() < QUESTIONS)):
        moment = _at(end - timedelta(days=random.uniform(0, min(5.0, enrolled))))
        rows.escalations.append(f"e{number}-{nth}\t{enrollment}\t{moment}\t{moment}\n")


def _days(random: Random, rate: float, last: float, *, even: bool = False) -> list[float]:
    """Return times in days: so many a day, `even` ones at most six days apart, the newest just before the last day."""
    if not even:
        return sorted(random.uniform(0, last) for _ in range(round(last * rate * random.uniform(0.8, 1.2))))
    day, found = last - random.uniform(0, 2), []
    while day > 0:
        found.append(day)
        day -= random.uniform(2 / rate / 3, 4 / rate / 3) if len(found) > 1 else random.uniform(1, 4)
    return found


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}+00"
