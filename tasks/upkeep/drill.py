"""Puts one archived partition back as a trial, so that a bad archive is found before it is needed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import dramatiq
import structlog

from bellwork.db.engine import transaction
from bellwork.db.partitions import Partition, PartitionState, partitions, record_failure
from bellwork.db.systems import partitioned
from bellwork.db.wording import message_of
from bellwork.tasks.providers.errors import ProviderFailure
from bellwork.tasks.upkeep.archive.bring_back import try_out

if TYPE_CHECKING:
    from bellwork.db.vocabulary import PartitionedTable

log = structlog.get_logger("bellwork.upkeep")


@dramatiq.actor(
    actor_name="upkeep.drill_archive", callers="internal", queue_name="upkeep", max_retries=4, time_limit=3_600_000
)
def drill_archive() -> None:
    """Try out the archive of a partition by chance; the calendar sends it each quarter.

    Raises ArchiveError or StorageError, and keeps it in the registry, where an archive cannot be put back.
    """
    archived = _archived()
    if not archived:
        log.info("no archive to try out yet")
        return
    table, partition = secrets.choice(archived)
    try:
        try_out(table, partition)
    except ProviderFailure as error:
        with transaction() as conn:
            record_failure(conn, partition, message_of(error))
        raise
    log.info("archive tried out", table=table.name, partition=partition.name, rows=partition.rows)


def _archived() -> list[tuple[PartitionedTable, Partition]]:
    with transaction() as conn:
        return [
            (table, partition)
            for table in partitioned()
            for partition in partitions(conn, table)
            if partition.state == PartitionState.DROPPED and partition.url
        ]
