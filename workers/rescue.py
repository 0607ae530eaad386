"""Rescues the jobs of workers that fell silent; any process may, any number of them."""

from __future__ import annotations

import time
from contextlib import nullcontext

import structlog

from db import ledger
from db.engine import single_statements, transaction
from db.settings import settings
from workers import due_set
from workers.pace import RARELY, Pace

log = structlog.get_logger("bellwork.rescue")

_last_contact = float("-inf")
_last_seen = 0.0
_not_before = 0.0
_pace = Pace(RARELY)


def rescue_expired() -> int:
    """Make the jobs of silent workers available again; returns how many.

    After a silence between us and PostgreSQL, or a jump of its clock, all leases look old, ours included: then
    everybody first gets the time of one lease to renew his own.
    """
    global _last_contact, _last_seen, _not_before  # noqa: PLW0603 - this process's contact with PostgreSQL is one fact
    # Jobs without a worker are looked for as often as that is cheap: it walks over everything that ran.
    whole = _pace.is_due()
    with single_statements() as conn, _pace.look() if whole else nullcontext():
        now, lease = time.monotonic(), settings().lease
        seen, lost = ledger.anything_lost(conn, orphans=whole)
    if max(now - _last_contact, seen - _last_seen) > lease:
        _not_before = now + lease
    _last_contact, _last_seen = now, seen
    if now < _not_before or not lost:
        return 0
    with transaction() as conn:
        rescued = ledger.rescue_expired(conn, orphans=whole)
    if rescued:
        log.warning("rescued", jobs=len(rescued), ids=rescued[:20])
        offer_at_once(rescued)
    return len(rescued)


def offer_at_once(jobs: list[int]) -> None:
    """Offer what was rescued to whoever listens; it is rare, so no connection to Redis is kept for it."""
    with single_statements() as conn:
        due_set.add(ledger.due_among(conn, jobs))
    due_set.renew()
