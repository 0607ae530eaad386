"""Whether a practice set asks for a tutor: less than half was right, or it took too many attempts (README, Tutors)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

#: Below this share of right items, and above this many attempts an item, a tutor is told.
ACCURACY, ATTEMPTS = Fraction(1, 2), 2
#: Attempts that an item takes on the average, as its set's mean performance tells: from 0.70 one, from 0.40 two.
_BY_PERFORMANCE = ((Decimal("0.70"), 1), (Decimal("0.40"), 2))
_MOST_ATTEMPTS = 3


def needs_help(items: int, correct: int, performance: Decimal | None) -> bool:
    """Tell whether a set of so many items, so many of them right, and of a mean performance went badly."""
    return Fraction(correct, items) < ACCURACY or attempts(performance) > ATTEMPTS


def attempts(performance: Decimal | None) -> int:
    """Estimate how many attempts an item took, for nobody counts them."""
    reached = Decimal(0) if performance is None else performance
    return next((number for least, number in _BY_PERFORMANCE if reached >= least), _MOST_ATTEMPTS)
