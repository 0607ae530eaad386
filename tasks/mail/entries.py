"""What recurs for letters."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry

ENTRIES = (
    CalendarEntry(
        "mail.wake", "* * * * *", "mail.wake", "sends letters whose time has come, and ends those whose is over"
    ),
)
