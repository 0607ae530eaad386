"""Each night: deliveries of long ago go, and secrets that do not sign any more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.webhooks.tidy import delete_old_deliveries, delete_old_secrets, delete_waiting_deliveries
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

#: Rows of one transaction, and seconds after which no further one is begun; the next night goes on.
_BATCH, _BUDGET = 2_000, 600.0


@actor(actor_name="webhooks.tidy", callers="internal", queue_name="upkeep", max_retries=3, time_limit=900_000)
def tidy_webhooks() -> None:
    """Delete in small transactions."""
    until = time.monotonic() + _BUDGET
    for take in (delete_old_deliveries, delete_waiting_deliveries):
        _all(take, until)
    with transaction() as conn:
        delete_old_secrets(conn)


def _all(take: Callable[[Connection, int], int], until: float) -> None:
    while time.monotonic() < until:
        with transaction() as conn:
            if take(conn, _BATCH) < _BATCH:
                return
