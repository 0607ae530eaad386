"""Which loops a scheduler keeps: the due sets full, lost jobs rescued, partitions ahead, entries enqueued."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from db.engine import transaction
from db.partitions import DECLARED, create_ahead
from scheduler.entries import ENTRIES, enqueue_entry
from scheduler.loops import Loop
from scheduler.presence import BEAT, beat
from workers.due_set import top_up
from workers.rescue import rescue_expired

if TYPE_CHECKING:
    from db.partitions import Partitioned

#: Seconds. A delayed job is late by the first at most; a silent worker's jobs wait for the second after its lease.
TOP_UP, RESCUE = 0.2, 0.5
#: Partitions are made days and months ahead; an hour is often enough to notice a new day.
PARTITIONS = 3600.0
#: How soon a loop that is due rarely is tried again after it failed, for instance behind somebody's lock.
SOON = 10.0


def loops() -> list[Loop]:
    """List what a scheduler does, each with its seconds."""
    return [
        Loop("topping up the due sets", TOP_UP, top_up),
        Loop("rescuing the jobs of silent workers", RESCUE, rescue_expired),
        Loop("the sign of life", BEAT, beat),
        *(Loop(f"partitions of {table.schema_key}.{table.table}", PARTITIONS, _ahead(table)) for table in DECLARED),
        *(Loop(f"entry {entry.key}", entry.every, partial(enqueue_entry, entry)) for entry in ENTRIES),
    ]


def _ahead(table: Partitioned) -> partial[list[str]]:
    return partial(make_partitions, table)


def make_partitions(table: Partitioned) -> list[str]:
    """Create the partitions that are missing of a table; waits 100 ms at most behind somebody's lock."""
    with transaction() as conn:
        return create_ahead(conn, table)
