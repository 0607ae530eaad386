"""Each night: what letters said is forgotten, and letters of long ago go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import dramatiq

from bellwork.db.engine import transaction
from bellwork.db.letters.tidy import clear_words, delete_old, delete_old_bounces

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

#: Rows of one transaction, and seconds after which no further one is begun; the next night goes on.
_BATCH, _BUDGET = 2_000, 600.0


@dramatiq.actor(actor_name="mail.tidy", callers="internal", queue_name="upkeep", max_retries=3, time_limit=900_000)
def tidy_letters() -> None:
    """Forget words, and delete letters and reports, in small transactions."""
    until = time.monotonic() + _BUDGET
    for take in (clear_words, delete_old, delete_old_bounces):
        _all(take, until)


def _all(take: Callable[[Connection, int], int], until: float) -> None:
    while time.monotonic() < until:
        with transaction() as conn:
            if take(conn, _BATCH) < _BATCH:
                return
