"""How sure an answer is, in words: the bands of a score from 0 to 1 (study_companion.md, qa_interactions)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum


class Confidence(StrEnum):
    """The three words, the surest first; their order is that of a distribution's columns."""

    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"


#: From which score on an answer is sure, or fairly so.
HIGH_FROM, MEDIUM_FROM = Decimal("0.75"), Decimal("0.50")


def band(score: Decimal) -> Confidence:
    """Return the word for a score."""
    if score >= HIGH_FROM:
        return Confidence.HIGH
    return Confidence.MEDIUM if score >= MEDIUM_FROM else Confidence.LOW
