"""Tutors of five kinds, in the shares that a platform of the size in tutormax.md has, and their students."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_FIRST = ("Ada", "Ben", "Cara", "Dan", "Eve", "Finn", "Gia", "Hugo", "Ines", "Jon", "Kaya", "Leo", "Mia", "Noor", "Ola")
_LAST = ("Abel", "Berg", "Costa", "Diaz", "Evans", "Fischer", "Garcia", "Haas", "Ito", "Jones", "Khan", "Lopez", "Moss")
SUBJECTS = ("Algebra", "Biology", "Calculus", "Chemistry", "English", "Geometry", "Physics", "Statistics")
_GRADES = ("6", "7", "8", "9", "10", "11", "12")


@dataclass(frozen=True)
class Kind:
    """How tutors of an archetype behave: shares are of sessions, `late` and `quiet` of those of the last weeks.

    `ratings` are the weights of 1 to 5; `fading` is what is left of sessions and logins at the very end.
    """

    archetype: str
    share: float
    ratings: tuple[int, int, int, int, int]
    engagement: float
    on_time: float
    met: float
    reschedules: float
    no_shows: float
    logins: float
    fading: float = 1.0


KINDS = (
    Kind("high_performer", 0.11, (0, 0, 3, 27, 70), 0.93, 0.97, 0.95, 0.03, 0.0, 1.2),
    Kind("steady", 0.58, (1, 2, 9, 42, 46), 0.84, 0.93, 0.9, 0.06, 0.003, 1.0),
    Kind("new_tutor", 0.2, (2, 6, 18, 40, 34), 0.78, 0.88, 0.84, 0.09, 0.008, 1.0),
    Kind("at_risk", 0.07, (6, 14, 30, 32, 18), 0.62, 0.75, 0.74, 0.17, 0.02, 0.7, 0.8),
    Kind("churner", 0.04, (5, 12, 28, 33, 22), 0.55, 0.72, 0.72, 0.2, 0.03, 0.6, 0.1),
)


@dataclass(frozen=True)
class Tutor:
    """A tutor of the sample, and how many days before the last one he or she began."""

    tutor_id: str
    kind: Kind
    tenure: int
    subjects: tuple[str, ...]
    baseline: float


def make_tutors(random: Random, tutors: int, days: int) -> list[Tutor]:
    """Return so many tutors; who is new began within the last month, all others before the first day."""
    made = []
    weights = [kind.share for kind in KINDS]
    for number in range(1, tutors + 1):
        [kind] = random.choices(KINDS, weights)
        tenure = random.randint(3, 29) if kind.archetype == "new_tutor" else days + random.randint(1, 900)
        subjects = tuple(random.sample(SUBJECTS, random.randint(1, 3)))
        made.append(Tutor(f"tutor_{number:05d}", kind, tenure, subjects, round(random.uniform(38, 56), 1)))
    return made


def name_of(random: Random) -> str:
    """Return somebody's name."""
    return f"{random.choice(_FIRST)} {random.choice(_LAST)}"


def grade_of(random: Random) -> str:
    """Return a grade at school."""
    return random.choice(_GRADES)
