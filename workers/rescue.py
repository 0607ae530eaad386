"""Rescues the jobs of workers that fell silent; any process may, any number of them."""

from __future__ import annotations

import socket
import time
from contextlib import nullcontext
from dataclasses import dataclass

import structlog

from bellwork.db import ledger
from bellwork.db.engine import DatabaseError, single_statements, transaction
from bellwork.db.settings import settings
from bellwork.workers import due_set
from bellwork.workers.pace import RARELY, Pace

log = structlog.get_logger("bellwork.rescue")


@dataclass
class Contact:
    """Since when this process hears of PostgreSQL without a gap, and when the next lease it saw runs out.

    After a silence between both, or a jump of PostgreSQL's clock, all leases look old, ours included: then every
    worker first gets the time of one lease to renew its own. Moments are of the monotonic clock, but for `seen`.
    """

    last: float = float("-inf")
    seen: float = 0.0
    not_before: float = 0.0
    next_end: float = float("inf")
    just_started: bool = True

    def note(self, seen: float, left: float | None, lease: float) -> None:
        """Note what a look has found: PostgreSQL's clock, and the seconds that the next lease has left, if any."""
        now = time.monotonic()
        if max(now - self.last, seen - self.seen) > lease:
            self.just_started = self.just_started and self.last == float("-inf")
            self.not_before = now + lease
        self.last, self.seen = now, seen
        self.next_end = now + left if left is not None and left > 0 else self.not_before

    @property
    def waits(self) -> bool:
        """Tell whether every worker still has time to renew its lease."""
        return self.last < self.not_before


_contact = Contact()
_pace = Pace(RARELY)


def rescue_expired() -> int:
    """Make the jobs of silent workers available again; returns how many.

    A process that has just started cannot know whether there was a silence. For the time of one lease it rescues from
    workers of its own host alone, which most likely ended with what ran here before: a container that restarts does
    not wait for a second lease.
    """
    # Jobs without a worker are looked for as often as that is fast: it reads past everything that ran.
    whole = _pace.is_due()
    try:
        with single_statements() as conn, _pace.measured() if whole else nullcontext():
            seen, left, orphans = ledger.anything_lost(conn, orphans=whole)
    except DatabaseError:
        note_failure()
        raise
    _contact.note(seen, left, settings().lease)
    silent = left is not None and left < 0
    rescued: list[int] = []
    if not _contact.waits and (silent or orphans):
        with transaction() as conn:
            rescued = ledger.rescue_expired(conn, orphans=whole)
    elif _contact.just_started and silent:
        with transaction() as conn:
            rescued = ledger.rescue_restarted(conn, socket.gethostname(), settings().lease)
    if rescued:
        log.warning("rescued", jobs=len(rescued), ids=rescued[:20])
        offer_at_once(rescued)
    return len(rescued)


def note_failure() -> None:
    """Note that PostgreSQL cannot be reached from here: a silent worker may be cut off then, as this process is."""
    _contact.just_started = False


def is_due() -> bool:
    """Tell whether a lease has run out since the last look, as far as that one saw."""
    return _contact.last < _contact.next_end <= time.monotonic()


def offer_at_once(jobs: list[int]) -> None:
    """Add what was rescued to the due set; it is rare, so no connection to Redis is kept for it."""
    with single_statements() as conn:
        due_set.add(ledger.due_among(conn, jobs))
    due_set.renew()
