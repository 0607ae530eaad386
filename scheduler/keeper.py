"""The calendar's loop: the table of the code is brought once, then what is due is decided, round after round."""

from __future__ import annotations

import structlog

from scheduler.declare import synchronise
from scheduler.rounds import decide_due

log = structlog.get_logger("bellwork.scheduler")


class Keeper:
    """One scheduler's part in the calendar; as good as any other's."""

    def __init__(self) -> None:
        self._brought = False

    def __call__(self) -> None:
        """Do a round; the first one that succeeds brings the table, so that nothing gone is decided any more."""
        if not self._brought:
            changed = synchronise()
            self._brought = True
            if changed:
                log.info("the calendar follows the code", entries=changed)
        decide_due()
