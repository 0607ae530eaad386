"""What recurs for nudges."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry

NUDGES = (
    # Every four hours, so that a learner is looked at early in his own day, wherever he lives.
    CalendarEntry(
        "companion.scan_inactivity",
        "23 */4 * * *",
        "companion.scan_inactivity",
        "nudges learners who do nothing, and congratulates on goals",
        careful=True,
    ),
)
