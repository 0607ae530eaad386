"""What recurs for letters."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry

ENTRIES = (
    CalendarEntry(
        "mail.wake", "* * * * *", "mail.wake", "sends letters whose time has come, and ends those whose is over"
    ),
    CalendarEntry("mail.read_bounces", "* * * * *", "mail.read_bounces", "reads what came back of letters"),
    CalendarEntry("mail.tidy", "23 3 * * *", "mail.tidy", "forgets what letters said, and letters of long ago"),
)
