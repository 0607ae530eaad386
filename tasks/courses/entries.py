"""What recurs in the courses system: add a line here, and every scheduler knows it at its next start."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bellwork.db.vocabulary import CalendarEntry

ENTRIES: tuple[CalendarEntry, ...] = ()
