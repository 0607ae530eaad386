"""What keeps the place in order, and when."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry

#: A quarter's tick is worth running weeks later.
_QUARTERLY = 31 * 24

ENTRIES = (
    CalendarEntry(
        "upkeep.reconcile",
        "*/10 * * * *",
        "upkeep.reconcile",
        "compares rows that wait with the jobs that they wait for",
    ),
    CalendarEntry(
        "upkeep.tidy_storage", "@hourly", "upkeep.tidy_storage", "removes the parts of files whose writers died"
    ),
    CalendarEntry("upkeep.tidy_tables", "53 4 * * *", "upkeep.tidy_tables", "removes dead rows and renews statistics"),
    CalendarEntry(
        "upkeep.rotate_partitions",
        "17 2 * * *",
        "upkeep.rotate_partitions",
        "makes partitions ahead of their time, archives and drops old ones",
    ),
    CalendarEntry(
        "upkeep.drill_archive",
        "37 5 1 1,4,7,10 *",
        "upkeep.drill_archive",
        "puts an archived partition back as a trial, each quarter",
        window_hours=_QUARTERLY,
    ),
)
