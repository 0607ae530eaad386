"""Polls the ledger: what a consumer does when the due set has nothing for it, or Redis does not answer.

A poll of the whole queue is made as often as it is fast; where it is slow, by one process of the fleet for all. In
between, polls begin where jobs were claimed last, and where nothing follows, from where the due jobs began.
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

log = structlog.get_logger("bellwork.poll")

#: Seconds until the lock of a slow poll is tried for again where another process has it.
_RETRY_LOCK = LONGEST / 10
#: Seconds between two looks for due jobs whose keys keep them from being claimed.
_BETWEEN_KEYS = 1.0


class LedgerPoller:
    """Polls one queue of the ledger for one consumer."""

    def __init__(self, queue: str, in_flight: Holder) -> None:
        self.queue, self.in_flight = queue, in_flight
        self.pace, self.reconciliation = Pace(), Pace(RARELY)
        self._near: Place | None = None
        self._begin: Place | None = None
        self._keys_at = float("-inf")

    def note(self, claimed: Sequence[Claimed]) -> None:
        """Remember where jobs stood that were claimed by their ids."""
        self._near = min((job.place for job in claimed), default=self._near)

    def claim(self, conn: Connection, worker: UUID, actors: list[str], most: int, *, lost: bool) -> list[Claimed]:
        """Claim up to `most` due jobs; `lost` says that an answer was lost: then the whole queue is polled at once.

        Now and then, and where `lost`, jobs that the ledger shows as the worker's and that are not in flight here are
        released first.
        """
        if lost:
            self.reconciliation = Pace(RARELY)
        if lost or self._may_poll_all():
            self._reconcile(conn, worker)
            with self.pace.measured():
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
        """Free, now and then, the keys of due jobs that every claim misses because senders lock their keys."""
        now = time.monotonic()
        if now >= self._keys_at + _BETWEEN_KEYS:
            self._keys_at = now
            if late := ledger.let_keys_go(conn, self.queue, actors, ids):
                log.info("asked for all the time; their keys are free for the next ones", queue=self.queue, jobs=late)

    def _may_poll_all(self) -> bool:
        if not self.pace.is_due():
            return False
        if self.pace.slow and not due_set.take_poll_lock(self.queue, LONGEST):
            self.pace.put_off(_RETRY_LOCK)
            return False
        return True

    def _reconcile(self, conn: Connection, worker: UUID) -> None:
        """Release what the ledger shows as the worker's and is not in flight here."""
        if self.reconciliation.is_due():
            with self.reconciliation.measured():
                held = ledger.held_by(conn, worker, self.queue)
            # After that read: a chain's next job is in flight before the commit that claims it becomes visible.
            lost = [each for each in held if not self.in_flight.holds(each)]
            # An attempt that ended meanwhile is not in flight either; releasing it changes no row.
            if lost and (released := ledger.release(conn, lost)):
                log.warning("handed back jobs whose claim was lost", queue=self.queue, jobs=released)
