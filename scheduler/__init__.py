"""The calendar: what is to be done again and again, and the loops that keep the fleet going.

entries   THE table of recurring jobs          declare   brings it into the books
cron      what an expression means             ticks     what becomes of a tick
rounds    what is due, decided                 operate   pause, resume, skip, run, set
keeper    table and rounds, as one loop        loops     one duty, repeated, that outlives every failure
upkeep    which loops a scheduler keeps        __main__  `python -m scheduler`

Any number of schedulers may run: each loop does nothing that a second one would do again.
"""

from __future__ import annotations

from scheduler.cron import BadSchedule, Schedule, read
from scheduler.entries import ENTRIES, Entry
from scheduler.presence import is_alive
from scheduler.upkeep import loops

__all__ = ["ENTRIES", "BadSchedule", "Entry", "Schedule", "is_alive", "loops", "read"]
