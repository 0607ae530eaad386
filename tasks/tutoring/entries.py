"""What recurs in the tutoring system: add a line here, and every scheduler knows it at its next start."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry
from bellwork.tasks.tutoring.care_entries import CARE

METRICS = (
    CalendarEntry(
        "tutoring.recompute_all",
        "0 0 * * *",
        "tutoring.recompute_all",
        "writes the final metrics of days that ended, and the new day's, of all tutors",
    ),
    CalendarEntry(
        "tutoring.check_metrics",
        "*/15 * * * *",
        "tutoring.check_metrics",
        "recomputes tutors whose metrics are older than their last change",
    ),
)
ENTRIES = (*METRICS, *CARE)
