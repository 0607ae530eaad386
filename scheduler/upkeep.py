"""Which loops a scheduler keeps: ticks decided, due sets full, lost jobs rescued, partitions ahead, figures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.ledger import forget_actors, resume_expired
from bellwork.db.partitions import create_ahead
from bellwork.db.snapshot.around import EVERY, keep_around
from bellwork.db.snapshot.minutes import sum_up
from bellwork.db.snapshot.take import take
from bellwork.db.systems import partitioned
from bellwork.scheduler.keeper import Keeper
from bellwork.scheduler.loops import Loop
from bellwork.scheduler.presence import BEAT, beat
from bellwork.scheduler.rounds import name
from bellwork.scheduler.unknown import LOOK, Unknown
from bellwork.workers.missing import missing_from_due_sets
from bellwork.workers.rescue import rescue_expired
from bellwork.workers.top_up import top_up

if TYPE_CHECKING:
    from bellwork.db.vocabulary import PartitionedTable

#: Seconds. A delayed job is late by the first at most; a silent worker's jobs wait for the second after its lease.
TOP_UP, RESCUE = 0.2, 0.5
#: Seconds. A tick is decided this much late at most, and its job is offered to the workers right after.
TICK = 0.2
#: The figures of all queues; who is early finds that it is not time yet, or that another scheduler has just done it.
SNAPSHOT, MINUTES = 0.5, 10.0
#: A pause with an end lasts this much longer at most.
PAUSES = 1.0
#: Partitions are made days and months ahead; an hour is often enough to notice a new day.
PARTITIONS = 3600.0
#: Actors are deleted from the ledger a month after they left the code.
ACTORS = 3600.0
#: How soon a loop that is due rarely is tried again after it failed, for instance behind a session's lock.
SOON = 10.0


def loops() -> list[Loop]:
    """List what a scheduler does, each with its seconds."""
    return [
        Loop("the calendar", TICK, Keeper()),
        Loop("topping up the due sets", TOP_UP, top_up),
        Loop("rescuing the jobs of silent workers", RESCUE, rescue_expired),
        Loop("the sign of life", BEAT, beat),
        Loop("the snapshot of all queues", SNAPSHOT, partial(take, name())),
        Loop("the minutes of the snapshot", MINUTES, sum_up),
        Loop("what else is amiss", EVERY, partial(keep_around, missing_from_due_sets)),
        Loop("the pauses that are over", PAUSES, end_pauses),
        Loop("the actors that left the code", ACTORS, clean_actors),
        Loop("the actors that no worker knows", LOOK, Unknown()),
        *(Loop(f"partitions of {table.name}", PARTITIONS, _ahead(table)) for table in partitioned()),
    ]


def _ahead(table: PartitionedTable) -> partial[list[str]]:
    return partial(make_partitions, table)


def make_partitions(table: PartitionedTable) -> list[str]:
    """Create the partitions that are missing of a table; waits 50 ms at most behind another lock."""
    with transaction() as conn:
        return create_ahead(conn, table)


def end_pauses() -> list[str]:
    """Let the queues go on whose pause is over; returns their names."""
    with transaction() as conn:
        return resume_expired(conn)


def clean_actors() -> list[str]:
    """Delete the actors that have left the code from the ledger; returns their names."""
    with transaction() as conn:
        return forget_actors(conn)
