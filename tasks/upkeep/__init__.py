"""What keeps the place in order, whichever system made the mess; the calendar sends all of it.

tidy_storage        removes the parts of files whose writers died
tidy_tables         removes dead rows and renews statistics
rotate_partitions   makes partitions ahead of their time, archives and drops old ones
drill_archive       puts an archived partition back as a trial
"""

from __future__ import annotations

from tasks.upkeep.drill import drill_archive
from tasks.upkeep.rotate import rotate_partitions
from tasks.upkeep.tidy_storage import tidy_storage
from tasks.upkeep.tidy_tables import tidy_tables

__all__ = ["drill_archive", "rotate_partitions", "tidy_storage", "tidy_tables"]
