"""What recurs for labs."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry

LABS = (
    CalendarEntry(
        "courses.expire_labs",
        "* * * * *",
        "courses.expire_labs",
        "ends labs whose time is over, warns five minutes before, and has each host look for orphans",
    ),
)
