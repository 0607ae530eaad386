"""The calendar: what is to be done again and again, and the loops that keep the fleet going.

entries   what recurs, of every system         check     what they may say
declare   brings those that count              cron      what an expression means
rounds    what is due, decided                 ticks     what becomes of a tick
pauses    entries behind a lock                operate   pause, resume, skip, run, set
keeper    tables and rounds, as one loop       ahead     next ticks that a wrong clock has set
upkeep    which loops a scheduler keeps        loops     one duty, repeated, that outlives every failure
__main__  `python -m bellwork.scheduler`

Any number of schedulers may run: each loop does nothing that a second one would do again. What is given out here loads
neither the engine nor Redis: commands that only read the calendar start sooner without them.
"""

from __future__ import annotations

if not __name__.startswith("bellwork."):
    raise ImportError(f"{__name__!r} is bellwork.scheduler: import it by that name alone", name=__name__)

from bellwork.scheduler.cron import BadSchedule, Schedule, read
from bellwork.scheduler.entries import calendar

__all__ = ["BadSchedule", "Schedule", "calendar", "read"]
