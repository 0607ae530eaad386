"""Counts due jobs that no due set holds though it should: what a top-up has failed to offer.

That a job is offered by a top-up and not by who enqueued it is nothing odd: delayed jobs and retries always are. One
that has been due for much longer than the time between two top-ups, in a queue whose set is short, is.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import redis

from bellwork.db.engine import transaction
from bellwork.db.ledger import clock, due_among, due_in, limited_queues
from bellwork.workers import due_set
from bellwork.workers.fleet import Fleet
from bellwork.workers.top_up import SHORT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bellwork.db.ledger import Due

#: Seconds for which a job has been due at least, and jobs of a queue that are looked at, its first ones.
LATE, LOOKED = 30.0, 50

_fleet = Fleet()


def missing_from_due_sets() -> Mapping[str, int] | None:
    """Count them by queue, LOOKED at most of each; None where Redis is away.

    Left out are queues that nobody hears, that are paused or full, and those with as much in their set as it needs.
    """
    if not due_set.usable():
        return None
    with transaction() as conn:
        able, full, now = _fleet.look(conn), limited_queues(conn), clock(conn)
        lengths = due_set.lengths(able.queues) if able.queues else {}
        short = [queue for queue, length in lengths.items() if length < SHORT and queue not in full]
        found = due_in(conn, dict.fromkeys(short), able.actors, LOOKED) if short else []
    late = [job for job in found if job.run_at / 1_000_000 < now - LATE]
    try:
        lacking = _not_in_set(late)
    except redis.RedisError:
        return None
    if not lacking:
        return {}
    with transaction() as conn:  # what was claimed meanwhile was in a worker's hands
        return Counter(job.queue for job in due_among(conn, [job.id for job in lacking]))


def _not_in_set(jobs: Sequence[Due]) -> list[Due]:
    if not jobs:
        return []
    with due_set.client().pipeline(transaction=False) as pipe:
        for job in jobs:
            pipe.zscore(due_set.key(job.queue), str(job.id))
        scores = pipe.execute()
    return [job for job, score in zip(jobs, scores, strict=True) if score is None]
