"""What recurs for subscriptions."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry

SUBSCRIPTIONS = (
    CalendarEntry(
        "courses.end_periods",
        "7 * * * *",
        "courses.end_periods",
        "renews, cancels or duns subscriptions whose period has ended",
        careful=True,
    ),
)
