"""The workers that are registered, and the sets of actors they know."""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from psycopg import Connection as Driver

_WORKERS = b"""
SELECT w.id, w.host, w.pid, w.queues, w.started_at, extract(epoch FROM w.expires_at - now())::float8 AS lease_left,
       (SELECT count(*) FROM bellwork.jobs j WHERE j.state = 'running' AND j.worker_id = w.id) AS running
FROM bellwork.workers w ORDER BY w.started_at
"""
_ACTOR_SETS = b"""
SELECT workers, ARRAY(SELECT jsonb_object_keys(actors))
FROM (SELECT actors, array_agg(id) AS workers FROM bellwork.workers GROUP BY actors) different
"""
# The first to be claimed of each worker: what it has been at for longest. By the index of what runs.
_LONGEST = b"""
SELECT DISTINCT ON (worker_id) worker_id, id, actor::text, queue::text, attempt,
       extract(epoch FROM now() - claimed_at)::float8
FROM bellwork.jobs WHERE state = 'running' ORDER BY worker_id, claimed_at, id
"""
_COLUMNS = ("id", "host", "pid", "queues", "started_at", "lease_left", "running")


class ActorSet(NamedTuple):
    """Actors that some workers know, in order; the name is the same for the same actors, of whichever workers."""

    name: str
    actors: list[str]
    workers: list[UUID]


def workers(driver: Driver[Any]) -> list[dict[str, Any]]:
    """List the worker processes with the seconds left of their lease and how many jobs each runs.

    Which actors they know is a list of a hundred thousand where a hundred workers know a thousand: `actor_sets` has it.
    """
    return [dict(zip(_COLUMNS, row, strict=True)) for row in driver.execute(_WORKERS).fetchall()]


def longest_running(driver: Driver[Any]) -> dict[UUID, dict[str, Any]]:
    """Return the job that each worker has been running for longest, and for how many seconds."""
    columns = ("id", "actor", "queue", "attempt", "seconds")
    rows = driver.execute(_LONGEST).fetchall()
    return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows}


def actor_sets(driver: Driver[Any]) -> list[ActorSet]:
    """List the different sets of actors that registered workers know, with their workers; each is read once."""
    known: dict[tuple[str, ...], list[UUID]] = defaultdict(list)
    for ids, actors in driver.execute(_ACTOR_SETS).fetchall():
        known[tuple(sorted(actors))] += ids
    return [ActorSet(_named(actors), list(actors), ids) for actors, ids in known.items()]


def _named(actors: Sequence[str]) -> str:
    return sha256("\n".join(actors).encode()).hexdigest()[:12]
