"""What recurs for the learner's numbers."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry

NUMBERS = (
    CalendarEntry(
        "companion.find_unsummarised",
        "*/10 * * * *",
        "companion.find_unsummarised",
        "has sessions summed up that nobody told of, and those whose summary waits for the model",
    ),
    # Monday comes at another hour everywhere; on other days than these nobody has it.
    CalendarEntry(
        "companion.send_weeks",
        "9 * * * 0-3",
        "companion.send_weeks",
        "writes to learners and their parents about the week before, on their own Monday morning",
        careful=True,
    ),
    CalendarEntry(
        "companion.recompute_learners",
        "4 * * * *",
        "companion.recompute_learners",
        "counts each learner's numbers anew, once in each of his own days",
    ),
)
