"""Claims straight from the books: what a consumer does when the due set has nothing for it, or cannot be heard.

A look over the whole queue is taken as often as it is cheap; where it is dear, by one of the fleet for all. In between,
looks begin where jobs were claimed last, and where nothing follows, from where the due jobs began.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from bellwork.db import ledger
from bellwork.workers import due_set
from bellwork.workers.pace import LONGEST, RARELY, Pace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from bellwork.db.ledger import Claimed, Place
    from bellwork.workers.attempt import Holder

log = structlog.get_logger("bellwork.books")

#: Seconds until it is asked again whether somebody else has taken the dear look.
_ASK_AGAIN = LONGEST / 10
#: So often (seconds) it is asked whether late jobs are kept from being claimed.
_ASKS = 1.0


class Books:
    """One queue of the ledger as one consumer reads it."""

    def __init__(self, queue: str, in_flight: Holder) -> None:
        self.queue, self.in_flight = queue, in_flight
        self.pace, self.roll_call = Pace(), Pace(RARELY)
        self._near: Place | None = None
        self._begin: Place | None = None
        self._asked = float("-inf")

    def note(self, claimed: Sequence[Claimed]) -> None:
        """Remember where jobs stood that were claimed by their ids."""
        self._near = min((job.place for job in claimed), default=self._near)

    def claim(self, conn: Connection, worker: UUID, actors: list[str], most: int, *, lost: bool) -> list[Claimed]:
        """Claim up to `most` due jobs; `lost` says that an answer was lost: then everything is looked at.

        What stands in the books as the worker's, and is not in flight here, is handed back first, now and then.
        """
        if lost:
            self.roll_call = Pace(RARELY)
        if lost or self._may_look():
            self._call_the_roll(conn, worker)
            with self.pace.look():
                claimed = ledger.claim_next(conn, worker, self.queue, actors, most)
                if len(claimed) < most:
                    self.let_keys_go(conn, actors)
            self._begin = min((job.place for job in claimed), default=self._near)
            self._near = self._begin
            return claimed
        if self._near and (claimed := ledger.claim_next(conn, worker, self.queue, actors, most, begin=self._near)):
            self._near = min(job.place for job in claimed)
            return claimed
        if self._begin is None:
            return []
        claimed = ledger.claim_next(conn, worker, self.queue, actors, most, begin=self._begin)
        self._begin = min((job.place for job in claimed), default=max(self._begin, self._near or self._begin))
        self._near = self._begin
        return claimed

    def let_keys_go(self, conn: Connection, actors: list[str], ids: list[int] | None = None) -> None:
        """Look now and then whether jobs that gave no claim are kept from it by all who ask for their keys."""
        now = time.monotonic()
        if now >= self._asked + _ASKS:
            self._asked = now
            if late := ledger.let_keys_go(conn, self.queue, actors, ids):
                log.info("asked for all the time; their keys are free for the next ones", queue=self.queue, jobs=late)

    def _may_look(self) -> bool:
        if not self.pace.is_due():
            return False
        if self.pace.dear and not due_set.take_look(self.queue, LONGEST):
            self.pace.put_off(_ASK_AGAIN)
            return False
        return True

    def _call_the_roll(self, conn: Connection, worker: UUID) -> None:
        """Hand back whatever stands in the books as the worker's and is not here."""
        if self.roll_call.is_due():
            with self.roll_call.look():
                held = ledger.held_by(conn, worker, self.queue)
            # Only now: a chain's next job is known before the commit that claims it, so what the books show is known.
            lost = [each for each in held if not self.in_flight.holds(each)]
            # An attempt that ended meanwhile is not known either, and is not handed back: it holds nothing any more.
            if lost and (released := ledger.release(conn, lost)):
                log.warning("handed back jobs whose claim was lost", queue=self.queue, jobs=released)
