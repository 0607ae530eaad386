"""What recurs for open interventions, and for what is taken in from other systems."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry

CARE = (
    CalendarEntry(
        "support.sweep",
        "*/5 * * * *",
        "support.sweep",
        "assigns trainers, escalates what nobody acts on, and writes to trainers and owners of courses",
        careful=True,
    ),
    CalendarEntry(
        "support.check_effects",
        "30 5 * * *",
        "support.check_effects",
        "enters whether interventions helped, 7 and 14 days after they began",
        careful=True,
    ),
    CalendarEntry(
        "support.write_to_silent",
        "45 * * * *",
        "support.write_to_silent",
        "writes to students who have completed nothing for a week, once a spell",
        careful=True,
    ),
    CalendarEntry(
        "support.prove",
        "50 4 * * *",
        "support.prove",
        "proves that flags equal open interventions, and counts the last 60 days",
    ),
)
TAKE_IN = (
    CalendarEntry(
        "support.take_in",
        "*/5 * * * *",
        "support.take_in",
        "takes in what other systems know of learners, where SUPPORT_SOURCE names one",
    ),
    CalendarEntry(
        "support.compare_source",
        "10 4 * * *",
        "support.take_in",
        "holds what was taken in against its source as a whole, deletions too",
        args={"whole": True},
    ),
)
