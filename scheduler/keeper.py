"""The calendar's loop: the tables of the code are brought first, then what is due is decided, round after round."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import structlog

from bellwork.db.engine import DatabaseError
from bellwork.db.outage import is_lost
from bellwork.scheduler.ahead import Ahead
from bellwork.scheduler.declare import synchronise
from bellwork.scheduler.entries import calendar
from bellwork.scheduler.pauses import Pauses
from bellwork.scheduler.rounds import decide_due

if TYPE_CHECKING:
    from bellwork.scheduler.entries import Tables

log = structlog.get_logger("bellwork.scheduler")

#: Seconds between two looks for ticks that lie too far ahead.
LOOK = 10.0
#: Seconds between two announcements of the tables, far below the silence after which one counts no more.
ANNOUNCE = 30.0


class Keeper:
    """One scheduler's part in the calendar; as good as any other's."""

    def __init__(self, tables: Tables | None = None) -> None:
        self._tables = calendar() if tables is None else tables
        self._brought, self._outdated = False, list[str]()
        self._pauses, self._ahead = Pauses(), Ahead()
        self._announce_at = self._look_at = monotonic()

    def __call__(self) -> None:
        """Do a round; the first one that succeeds brings the tables, so that nothing gone is decided any more.

        Where a session holds an entry's row, the tables wait for it, and what is due of the others does not.
        """
        troubles: list[Exception] = []
        for duty in (self._bring, self._look):
            try:
                duty()
            except DatabaseError as error:
                if is_lost(error):
                    raise
                troubles.append(error)
        decide_due(self._pauses)
        if troubles:
            raise troubles[0]

    def _bring(self) -> None:
        if monotonic() < self._announce_at:
            return
        brought = synchronise(self._tables, anew=not self._brought)
        self._brought, self._announce_at = True, monotonic() + ANNOUNCE
        if brought.changed:
            log.info("the calendar follows the code", entries=brought.changed)
        if brought.outdated and brought.outdated != self._outdated:
            log.warning("another release's entries count until it is silent for ten minutes", sources=brought.outdated)
        self._outdated = brought.outdated

    def _look(self) -> None:
        if monotonic() >= self._look_at:
            self._look_at = monotonic() + LOOK
            if healed := self._ahead.heal():
                log.warning("next ticks were too far ahead and are brought back", entries=healed)
