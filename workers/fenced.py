"""Counts attempts that came back too late: they wanted to record their end, and held their job no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bellwork.db import ledger
from bellwork.db.engine import DatabaseError, transaction
from bellwork.db.wording import message_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.workers.attempt import Attempt

log = structlog.get_logger("bellwork.settle")


def count_fenced(attempts: Sequence[Attempt]) -> None:
    """Count them, in a transaction of its own; where PostgreSQL refuses, they are in the log alone."""
    for attempt in attempts:
        log.warning("fenced", job=attempt.id, actor=attempt.actor, attempt=attempt.number)
    try:
        with transaction() as conn:
            ledger.note_fenced(conn, [attempt.held for attempt in attempts])
    except DatabaseError as error:
        log.warning("fenced attempts are not counted", attempts=len(attempts), error=message_of(error))
