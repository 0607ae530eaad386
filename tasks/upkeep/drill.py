"""Puts one archived partition back as a trial, so that nobody finds out in the year it is needed that it cannot be."""

from __future__ import annotations

import secrets

import dramatiq
import structlog

from db.engine import transaction
from db.partitions import DECLARED, Partition, Partitioned, PartitionState, blame, partitions
from tasks.providers.errors import ProviderFailure
from tasks.upkeep.archive.bring_back import try_out

log = structlog.get_logger("bellwork.upkeep")


@dramatiq.actor(actor_name="upkeep.drill_archive", queue_name="upkeep", max_retries=4, time_limit=3_600_000)
def drill_archive() -> None:
    """Try out the archive of a partition by chance; the calendar sends it each quarter.

    Raises ArchiveError or StorageError, and keeps it in the books, where an archive cannot be put back.
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
            blame(conn, partition, str(error))
        raise
    log.info("archive tried out", table=table.name, partition=partition.name, rows=partition.rows)


def _archived() -> list[tuple[Partitioned, Partition]]:
    with transaction() as conn:
        return [
            (table, partition)
            for table in DECLARED
            for partition in partitions(conn, table)
            if partition.state == PartitionState.DROPPED and partition.url
        ]
