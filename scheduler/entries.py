"""THE table of recurring jobs: add a line here, and every scheduler enqueues it, once, however many there are."""

from __future__ import annotations

from dataclasses import dataclass

from db.engine import transaction
from db.ledger import NewJob, enqueue

MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Entry:
    """A recurring job: its key, how often it is due in seconds, the actor that does it, and what it is for."""

    key: str
    every: int
    actor: str
    purpose: str


ENTRIES = (
    Entry(
        "content.sweep_stuck",
        MINUTE,
        "content.sweep_stuck",
        "takes up requests that stand longer in a stage than it may last",
    ),
    Entry(
        "content.retry_failed",
        MINUTE,
        "content.retry_failed",
        "tries failed requests again, minutes after they failed",
    ),
    Entry(
        "content.expire_clarifications",
        MINUTE,
        "content.expire_clarifications",
        "gives up on questions that no student answered",
    ),
    Entry("upkeep.tidy_storage", HOUR, "upkeep.tidy_storage", "removes the parts of files whose writers died"),
)


def enqueue_entry(entry: Entry) -> None:
    """Enqueue the entry's job unless the last one is still unfinished: its key is unique."""
    with transaction() as conn:
        enqueue(conn, [NewJob(actor=entry.actor, unique_key=entry.key)])
