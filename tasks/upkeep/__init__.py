"""What keeps the place in order, whichever system made the mess; the calendar sends all of it.

tidy_storage   removes the parts of files whose writers died
"""

from __future__ import annotations

from tasks.upkeep.tidy_storage import tidy_storage

__all__ = ["tidy_storage"]
