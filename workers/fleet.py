"""What the live workers can run between them: their queues and actors, of which each worker's are read once.

A worker that is registered never changes what it takes. So a look names those that are alive, and reads only the new
ones: a hundred workers of a thousand actors are a hundred thousand names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db import ledger

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection


class Able(NamedTuple):
    """Queues that a live worker takes, unless paused, and actors that a live worker knows, unless quarantined."""

    queues: list[str]
    actors: list[str]


class Fleet:
    """The workers as they were last seen."""

    def __init__(self) -> None:
        self._workers: dict[UUID, tuple[frozenset[str], frozenset[str]]] = {}
        self._queues: frozenset[str] = frozenset()
        self._actors: frozenset[str] = frozenset()

    def look(self, conn: Connection) -> Able:
        """Return what can be run at present."""
        alive = ledger.alive(conn)
        if alive != self._workers.keys():
            self._learn(conn, alive)
        queues = self._queues - ledger.paused_queues(conn)
        return Able(sorted(queues), sorted(self._actors.difference(ledger.quarantined(conn))))

    def _learn(self, conn: Connection, alive: set[UUID]) -> None:
        new = ledger.abilities(conn, list(alive - self._workers.keys()))
        known = {worker: able for worker, able in self._workers.items() if worker in alive}
        # Most workers of a fleet are equal: one set of names is kept for all of them.
        same = {able: able for able in known.values()}
        for worker, (queues, actors) in new.items():
            able = (frozenset(queues), frozenset(actors))
            known[worker] = same.setdefault(able, able)
        self._workers = known
        self._queues = frozenset().union(*(queues for queues, _ in same))
        self._actors = frozenset().union(*(actors for _, actors in same))
