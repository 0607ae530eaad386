"""How long the statement of a claim takes, by id and from the ledger, in a queue in whatever state it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bellwork.db import ledger
from bellwork.db.engine import single_statements, transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

#: An actor that no fleet knows, in the queue that the fleet knows: so its jobs are ours to claim.
ACTOR = "bench.claimed"
_PATIENCE = 5.0
_COUNT = 50


@dataclass(frozen=True)
class Claims:
    """Milliseconds of each claim of one job: by an id out of the due set, and by a search in the ledger."""

    by_id: list[float]
    from_books: list[float]


def probe(queue: str) -> Claims:
    """Enqueue jobs, claim them one by one, and leave nothing behind; gives up quietly after some seconds."""
    with transaction() as conn:
        due = ledger.enqueue(conn, [ledger.NewJob(ACTOR, queue=queue) for _ in range(2 * _COUNT)])
    ids = [job.id for job in due]
    worker = _appear(queue)
    claims = Claims(
        _timed([_by_id(worker, job) for job in ids[:_COUNT]]),
        _timed([_from_books(worker, queue)] * _COUNT),
    )
    with transaction() as conn:
        ledger.deregister(conn, worker)
        ledger.cancel(conn, ids, "claimed often enough")
    return claims


def _appear(queue: str) -> UUID:
    worker = ledger.Worker(uuid4(), "bench", 0, 0, [queue], {ACTOR: None})
    with transaction() as conn:
        ledger.register_worker(conn, worker, lease=60)
    return worker.id


def _by_id(worker: UUID, job: int) -> Callable[[Any], list[Any]]:
    return lambda conn: ledger.claim(conn, worker, [job], [ACTOR])


def _from_books(worker: UUID, queue: str) -> Callable[[Any], list[Any]]:
    return lambda conn: ledger.claim_next(conn, worker, queue, [ACTOR], 1)


def _timed(claims: list[Callable[[Any], list[Any]]]) -> list[float]:
    """Time each, on one connection, the first of which prepares the statement and is not counted."""
    taken: list[float] = []
    deadline = time.monotonic() + _PATIENCE
    with single_statements() as conn:
        for claim in claims:
            begin = time.perf_counter()
            claimed = claim(conn)
            taken.append((time.perf_counter() - begin) * 1000)
            assert len(claimed) == 1, "a job of an actor that nobody else knows was claimed by somebody else"
            if time.monotonic() > deadline:
                break
    return taken[1:] or taken
