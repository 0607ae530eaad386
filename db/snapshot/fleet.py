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


def actor_sets(driver: Driver[Any]) -> list[ActorSet]:
    """List the different sets of actors that registered workers know, with their workers; each is read once."""
    known: dict[tuple[str, ...], list[UUID]] = defaultdict(list)
    for ids, actors in driver.execute(_ACTOR_SETS).fetchall():
        known[tuple(sorted(actors))] += ids
    return [ActorSet(_named(actors), list(actors), ids) for actors, ids in known.items()]


def _named(actors: Sequence[str]) -> str:
    return sha256("\n".join(actors).encode()).hexdigest()[:12]
