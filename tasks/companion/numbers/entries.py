"""What recurs for the learner's numbers."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry

NUMBERS = (
    CalendarEntry(
        "companion.recompute_learners",
        "4 * * * *",
        "companion.recompute_learners",
        "counts each learner's numbers anew, once in each of his own days",
    ),
)
