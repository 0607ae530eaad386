"""How one answer moves a rating (study_companion.md, Calculate student rating update; corrections in ../README.md).

A rating goes from 400 to 2000 and begins at 1000; a question of difficulty 1 to 10 has one on the same scale.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from bellwork.tasks.companion.numbers.rounding import cents, whole

if TYPE_CHECKING:
    from decimal import Decimal

Number = TypeVar("Number", int, Fraction)

LOWEST, USUAL, HIGHEST = 400, 1000, 2000
EASIEST, HARDEST = 1, 10
#: How far one answer may move a rating.
K = 32
#: Seconds up to which an answer is as quick as can be, and from which on it is not quick at all.
QUICK, SLOW = 60, 180
_RIGHT, _SPEED, _UNAIDED = Fraction(7, 10), Fraction(2, 10), Fraction(1, 10)
#: What an item is worth at least that was answered rightly, and more than any wrong answer can be.
RIGHT_FROM = cents(_RIGHT)


def performance(correct: bool, seconds: float, hints: int) -> Decimal:  # noqa: FBT001 - the order of the actor's arguments
    """Weigh an answer from 0 to 1, with two decimals: 0.7 for right, 0.2 for quick, 0.1 for without hints.

    Quick is full up to 60 s and nothing from 180 s; each hint takes a tenth of the last part. Raises ValueError for
    seconds or hints that nobody can have taken.
    """
    if not math.isfinite(seconds) or seconds < 0 or hints < 0:
        raise ValueError(f"an answer takes 0 or more seconds and hints, not {seconds!r} s and {hints!r} hints")
    speed = _within(Fraction(SLOW - Fraction(seconds), SLOW - QUICK), Fraction(0), Fraction(1))
    unaided = max(Fraction(0), 1 - Fraction(hints, 10))
    return cents(_RIGHT * bool(correct) + _SPEED * speed + _UNAIDED * unaided)


def question_rating(difficulty: int) -> int:
    """Return the rating of a question: 400 for difficulty 1, 2000 for difficulty 10, evenly between."""
    if not EASIEST <= difficulty <= HARDEST:
        raise ValueError(f"a difficulty goes from {EASIEST} to {HARDEST}, it is not {difficulty!r}")
    return whole(LOWEST + Fraction((difficulty - EASIEST) * (HIGHEST - LOWEST), HARDEST - EASIEST))


def difficulty_for(rating: int) -> int:
    """Return the difficulty that suits a rating."""
    share = Fraction(held(rating) - LOWEST, HIGHEST - LOWEST)
    return whole(EASIEST + share * (HARDEST - EASIEST))


def expected(rating: int, question: int) -> float:
    """Return the performance that a rating promises on a question of a rating, from 0 to 1."""
    return 1 / (1 + math.pow(10, (question - rating) / 400))


def moved(rating: int, question: int, performed: Decimal) -> int:
    """Return the rating after an answer; it never moves against the performance, and stays within 400 to 2000."""
    before = held(rating)
    return held(whole(before + K * (float(performed) - expected(before, question))))


def held(rating: int) -> int:
    """Return a rating within its bounds: rows that are older than the bounds may lie outside."""
    return _within(rating, LOWEST, HIGHEST)


def _within(value: Number, least: Number, most: Number) -> Number:
    return max(least, min(most, value))
