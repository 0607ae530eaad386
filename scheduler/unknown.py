"""Says in the log which actors no live worker knows though jobs wait for them, and says it again when that changes.

One scheduler looks for the whole fleet, once a minute; without Redis each of them looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import structlog

from bellwork.db.engine import transaction
from bellwork.db.ledger import alive, backlog, unknown_actors
from bellwork.db.redis_client import client
from bellwork.scheduler.presence import RedisError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from typing import Any

    from bellwork.db.ledger import Kind

log = structlog.get_logger("bellwork.scheduler")

#: Seconds between two looks, and after which another scheduler looks in place of one that is gone.
LOOK, TAKEN = 60.0, 150
KEY = "bellwork:unknown"
MEND = "deploy workers that have it, or `bellwork jobs rename OLD NEW`, or `bellwork jobs cancel --actor NAME`"


class Waiting(NamedTuple):
    """How many jobs wait for an actor, and since when the oldest is due."""

    jobs: int
    since: datetime

    def is_news_after(self, said: Waiting | None) -> bool:
        """Tell whether it is to be said: for the first time, or as another job is the oldest or twice as many wait."""
        return said is None or self.since != said.since or self.jobs >= 2 * said.jobs


class Unknown:
    """What one scheduler has seen and said; an actor is said that is unknown at two looks, so for a minute."""

    def __init__(self) -> None:
        self._me = uuid4().bytes
        self._seen: set[str] = set()
        self._said: dict[str, Waiting] = {}

    def __call__(self) -> None:
        """Look once, if no other scheduler does; where no worker is alive at all, nothing is said of actors."""
        if not self._is_mine():
            self._seen.clear()
            self._said.clear()
            return
        with transaction() as conn:
            if not alive(conn):
                return
            kinds = backlog(conn)
            found = _by_actor(unknown_actors(conn, kinds))
        self._say(found)
        self._take_back(found, kinds)
        self._seen = set(found)

    def _say(self, found: Mapping[str, Waiting]) -> None:
        for actor in sorted(self._seen & found.keys()):
            jobs, since = found[actor]
            if found[actor].is_news_after(self._said.get(actor)):
                log.warning("no live worker knows this actor", actor=actor, waiting=jobs, since=str(since), mend=MEND)
                self._said[actor] = found[actor]

    def _take_back(self, found: Mapping[str, Waiting], kinds: Iterable[Kind]) -> None:
        known = {kind.actor for kind in kinds if kind.known}
        for actor in sorted(self._said.keys() - found.keys()):
            what = "a live worker knows this actor again" if actor in known else "no job waits for this actor any more"
            log.info(what, actor=actor)
            del self._said[actor]

    def _is_mine(self) -> bool:
        try:
            if client().set(KEY, self._me, nx=True, ex=TAKEN):
                return True
            return client().get(KEY) == self._me and bool(client().expire(KEY, TAKEN))
        except RedisError:
            return True


def _by_actor(rows: list[dict[str, Any]]) -> dict[str, Waiting]:
    found: dict[str, Waiting] = {}
    for row in rows:
        other = found.get(row["actor"], Waiting(0, row["oldest"]))
        found[row["actor"]] = Waiting(other.jobs + row["waiting"], min(other.since, row["oldest"]))
    return found
