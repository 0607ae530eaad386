"""What recurs in the courses system: add a line here, and every scheduler knows it at its next start."""

from __future__ import annotations

from bellwork.tasks.courses.lab_entries import LABS
from bellwork.tasks.courses.progress.entries import PROGRESS
from bellwork.tasks.courses.subscriptions.entries import SUBSCRIPTIONS

ENTRIES = (*PROGRESS, *SUBSCRIPTIONS, *LABS)
