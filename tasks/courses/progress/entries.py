"""What recurs for progress and attempts."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry

PROGRESS = (
    CalendarEntry(
        "courses.recount_progress",
        "40 1 * * *",
        "courses.recount_progress",
        "counts the progress of all enrollments from their rows, and completes courses that are over",
    ),
    CalendarEntry(
        "courses.time_out_attempts",
        "* * * * *",
        "courses.time_out_attempts",
        "grades attempts whose time is over by what was answered",
    ),
    CalendarEntry(
        "courses.expire_enrollments",
        "6 * * * *",
        "courses.expire_enrollments",
        "lets enrollments expire whose time is over",
    ),
    CalendarEntry(
        "courses.recount_courses",
        "20 2 * * *",
        "courses.recount_courses",
        "counts learners, minutes and ratings of all courses",
    ),
    CalendarEntry(
        "courses.export_days",
        "30 12 * * *",
        "courses.export_days",
        "writes what learners did on a day into the storage, nine days later",
    ),
    CalendarEntry(
        "courses.erase_leaving",
        "50 3 * * *",
        "courses.erase_leaving",
        "erases users who asked for it fourteen days ago",
        careful=True,
    ),
)
