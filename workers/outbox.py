"""What is sent inside a transaction goes into the ledger with it, in one statement right before the commit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from db import engine, ledger
from workers.bell import ring

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from db.engine import Transaction
    from db.ledger import Claimed, NewJob

    #: Chooses, among the jobs that are about to be enqueued, those that the caller will run itself.
    Choice = Callable[[Sequence[NewJob]], Sequence[NewJob]]


def put(job: NewJob) -> None:
    """Enqueue with the open transaction: gathered into one statement where the commit is ours, at once where not."""
    open_ = engine.current()
    if open_ is None:
        with engine.transaction():
            put(job)
    elif open_.ours:
        if not open_.outbox:
            open_.before_commit.append(partial(flush, open_))
        open_.outbox.append(job)
    else:
        _announce(open_, ledger.enqueue(open_.connection, [job]))


def flush(open_: Transaction) -> None:
    """Insert what was gathered."""
    if jobs := _taken(open_):
        _announce(open_, ledger.enqueue(open_.connection, jobs))


def flush_and_claim(open_: Transaction, choose: Choice, worker: UUID) -> list[Claimed]:
    """Insert what was gathered, and claim for `worker` what `choose` picks of it."""
    jobs = _taken(open_)
    chosen = choose(jobs)
    if not chosen:
        if jobs:
            _announce(open_, ledger.enqueue(open_.connection, jobs))
        return []
    due, claimed = ledger.enqueue_and_claim(open_.connection, jobs, chosen, worker)
    _announce(open_, due)
    return claimed


def _taken(open_: Transaction) -> list[NewJob]:
    jobs, open_.outbox[:] = list(open_.outbox), []
    return jobs


def _announce(open_: Transaction, due: list[ledger.Due]) -> None:
    if due:
        open_.after_commit.append(partial(ring, due))
