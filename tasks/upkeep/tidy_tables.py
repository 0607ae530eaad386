"""Removes dead rows and renews statistics where they have changed a good deal: a queue's plans live on both."""

from __future__ import annotations

import time

import dramatiq
import structlog

from bellwork.db.engine import transaction
from bellwork.db.tidy import tidy_table, untidy_tables

log = structlog.get_logger("bellwork.upkeep")

#: Seconds after which no further table is begun; the next run begins with what is most untidy then.
BUDGET = 600.0


@dramatiq.actor(
    actor_name="upkeep.tidy_tables", callers="internal", queue_name="upkeep", max_retries=0, time_limit=1_800_000
)
def tidy_tables() -> None:
    """Tidy the tables that want it, one by one; the calendar sends it each day."""
    until = time.monotonic() + BUDGET
    with transaction() as conn:
        untidy = untidy_tables(conn)
    for table in untidy:
        if time.monotonic() >= until:
            log.warning("no time left to tidy", table=table.name)
            return
        said = tidy_table(table)
        log.info("tidied", table=table.name, dead=table.has_dead, said=said)
