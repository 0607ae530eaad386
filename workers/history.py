"""Workers make a missing partition of the history themselves: without it no end of a job can be recorded."""

from __future__ import annotations

import structlog

from bellwork.db import ledger
from bellwork.db.engine import DatabaseError, transaction
from bellwork.db.wording import message_of

log = structlog.get_logger("bellwork.history")


def made_partition(error: BaseException) -> bool:
    """Create today's partition if `error` says that it is missing; True where another try may succeed.

    Outside of any transaction. Where it cannot be made, the log says why.
    """
    if not ledger.lacks_partition(error):
        return False
    try:
        with transaction() as conn:
            created = ledger.create_history_partitions(conn)
    except DatabaseError as refused:
        log.warning("the history has no partition for today, and none can be made", error=message_of(refused))
        return False
    log.warning("made partitions of the history; does a scheduler run?", partitions=created)
    return True
