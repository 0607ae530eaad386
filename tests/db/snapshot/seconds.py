"""Snapshots in a test: one now, and what it shows, as if time had passed since the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.snapshot import latest
from bellwork.db.snapshot.take import take
from tests.db.ledger import hands

if TYPE_CHECKING:
    from bellwork.db.snapshot import QueueSnapshot, Snapshot

# However long the one before took, on a busy machine, it is time for the next one.
_EARLIER = "UPDATE bellwork.snapshot SET at = at - make_interval(secs => :seconds), every = 1"


def look(seconds: float = 1.0) -> Snapshot:
    """Take a snapshot `seconds` after the one before, and return it."""
    hands.run(_EARLIER, seconds=seconds)
    assert take("a test:1")
    hands.run("UPDATE bellwork.snapshot SET every = 30")  # fresh for ninety seconds, however busy the machine is
    with transaction() as conn:
        found = latest(psycopg_of(conn))
    assert found is not None
    return found


def queue(name: str, seconds: float = 1.0) -> QueueSnapshot:
    """Take a snapshot and return one of its queues."""
    return next(each for each in look(seconds).queues if each.queue == name)
