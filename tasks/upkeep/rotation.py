"""A rotation: partitions are made ahead of their time, and each whose time is over is taken as far as it goes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bellwork.db.engine import DatabaseError, transaction
from bellwork.db.partitions import (
    ChangedSinceError,
    PartitionState,
    StillBusyError,
    create_ahead,
    finalize_pending,
    in_brief_locks,
    is_partitioned,
    partitions,
    read,
    record_failure,
    sync_registry,
)
from bellwork.db.systems import partitioned
from bellwork.db.wording import message_of
from bellwork.tasks.providers.errors import ProviderFailure
from bellwork.tasks.upkeep.lifecycle import advance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from bellwork.db.partitions import Partition
    from bellwork.db.vocabulary import PartitionedTable

#: Seconds after which no other partition is begun: the next rotation goes on.
BUDGET = 45 * 60.0
#: What may stop one partition, or one table, and nothing else.
TROUBLE = (*DatabaseError, ProviderFailure, StillBusyError, ChangedSinceError, LookupError, OSError)


@dataclass
class Rotated:
    """What a rotation did: partitions made and dropped, and for each that was stopped the reason."""

    created: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)


def rotate(
    tables: Sequence[PartitionedTable] | None = None, told: Callable[[int, int, str], None] = lambda *_: None
) -> Rotated:
    """Make what is missing, and take every partition whose time has come as far as it goes; of all tables unless told.

    `told` is called before each partition that leaves: how many of its table went before, of how many, and its name.
    Never raises for the trouble of one partition or table: that is in the report, and in the registry.
    """
    done, until = Rotated(), time.monotonic() + BUDGET
    for table in partitioned() if tables is None else tables:
        try:
            _rotate(table, done, until, told)
        except TROUBLE as error:
            done.troubles[table.name] = line_of(error)
    return done


def line_of(error: Exception) -> str:
    """Say in one line what stopped a partition."""
    return message_of(getattr(error, "orig", None) or error) or type(error).__name__


def _rotate(table: PartitionedTable, done: Rotated, until: float, told: Callable[[int, int, str], None]) -> None:
    with transaction() as conn:
        if not is_partitioned(conn, table):
            return
    in_brief_locks(lambda conn: _create(conn, table, done), f"making partitions of {table.name}")
    finalize_pending(table)
    with transaction() as conn:
        sync_registry(conn, table)
        leaving = [partition for partition in partitions(conn, table) if partition.is_leaving]
    for place, partition in enumerate(leaving):
        if time.monotonic() < until:
            told(place, len(leaving), partition.name)
            _take_out(table, partition, done)


def _create(conn: Connection, table: PartitionedTable, done: Rotated) -> None:
    done.created += create_ahead(conn, table)


def _take_out(table: PartitionedTable, partition: Partition, done: Rotated) -> None:
    try:
        step: Partition | None = partition
        while step:
            step = advance(table, step)
    except TROUBLE as error:
        done.troubles[partition.name] = line_of(error)
        with transaction() as conn:
            record_failure(conn, partition, line_of(error))
        return
    with transaction() as conn:
        after = read(conn, table, partition.name)
    if after and after.state == PartitionState.DROPPED:
        done.dropped.append(partition.name)
