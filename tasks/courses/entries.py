"""What recurs in the courses system: add a line here, and every scheduler knows it at its next start."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry
from bellwork.tasks.courses.lab_entries import LABS
from bellwork.tasks.courses.progress.entries import PROGRESS
from bellwork.tasks.courses.subscriptions.entries import SUBSCRIPTIONS

STORED = (
    CalendarEntry(
        "courses.tidy_objects",
        "10 4 * * *",
        "courses.tidy_objects",
        "removes objects that nothing names: of ladders that failed, of certificates that were not issued",
    ),
)
TEXTS = (
    CalendarEntry(
        "courses.embed_changed",
        "25 * * * *",
        "courses.embed_changed",
        "embeds texts that changed, and forgets those that are gone",
    ),
)
ENTRIES = (*PROGRESS, *SUBSCRIPTIONS, *LABS, *STORED, *TEXTS)
