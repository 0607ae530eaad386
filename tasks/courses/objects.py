"""Removes from the storage what nothing in the tables names any more: of ladders that failed, of attempts that died."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bellwork.db.courses.certificates.stored import forget_stored, left_behind
from bellwork.db.courses.videos.objects import forget_objects, leftover
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.tasks.providers import storage
from bellwork.tasks.upkeep.sweeping.pace import Budget
from bellwork.workers import job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from collections.abc import Sequence

log = structlog.get_logger("bellwork.courses")
#: Objects of a transaction, which holds a lock while the storage is asked, and seconds of a run.
AT_ONCE, BUDGET = 50, 300.0


@actor(
    actor_name="courses.tidy_objects",
    callers="internal",
    queue_name="courses",
    max_retries=3,
    min_backoff=10_000,
    time_limit=600_000,
)
def tidy_objects() -> None:
    """Remove objects that were stored a day ago, and that nothing names: nightly.

    Of videos that are ready, failed or gone: parts of runs that failed, what a transcriber heard, piece by piece. Of
    certificates: pages of attempts that did not come to issue them. Files go before the commit that forgets them.
    """
    budget, count = Budget(BUDGET), 0
    for tidy in (_tidy_videos, _tidy_certificates):
        while not budget.is_spent:
            removed = tidy()
            if removed is None:
                break
            count += removed
    if count:
        log.info("objects that nothing names removed", objects=count)
    with job.transaction():
        pass


def _tidy_videos() -> int | None:
    with transaction() as conn:
        found = leftover(conn, AT_ONCE)
        if found is None:
            return None
        _delete(found.unused)
        forget_objects(conn, found, found.keys)
    return len(found.unused)


def _tidy_certificates() -> int | None:
    with transaction() as conn:
        found = left_behind(conn, AT_ONCE)
        if not found.serials:
            return None
        _delete(found.keys)
        forget_stored(conn, found.serials)
    return len(found.keys)


def _delete(keys: Sequence[str]) -> None:
    for key in keys:
        storage().delete(key)
    reach("objects_deleted")
