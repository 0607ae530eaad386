"""What recurs in the support system: add a line here, and every scheduler knows it at its next start."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry
from bellwork.tasks.support.care_entries import CARE, TAKE_IN

DETECTION = (
    CalendarEntry(
        "support.detect_risk",
        "0 5 * * *",
        "support.detect_risk",
        "finds students who fall behind, of all active enrollments",
    ),
)
ENTRIES = (*DETECTION, *CARE, *TAKE_IN)
