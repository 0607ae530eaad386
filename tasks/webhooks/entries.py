"""What recurs for webhooks."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry

ENTRIES = (
    CalendarEntry("webhooks.deliver", "* * * * *", "webhooks.deliver", "delivers whatever is due and has no job"),
    CalendarEntry("webhooks.tidy", "41 3 * * *", "webhooks.tidy", "forgets deliveries of long ago"),
)
