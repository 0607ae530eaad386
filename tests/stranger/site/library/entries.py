"""What recurs in the library."""

from __future__ import annotations

from bellwork.systems import CalendarEntry

ENTRIES = (CalendarEntry("library.take_back", "* * * * *", "library.take_back", "takes back books whose time is over"),)
