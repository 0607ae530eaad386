"""What is sent inside a transaction goes into the ledger with it, in one statement right before the commit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bellwork.db import engine, ledger
from bellwork.db.outdated import through_migrations
from bellwork.workers.bell import ring

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from bellwork.db.engine import Transaction
    from bellwork.db.ledger import Claimed, NewJob

    #: Chooses, among the jobs that are about to be enqueued, those that the caller will run itself.
    Choice = Callable[[Sequence[NewJob]], Sequence[NewJob]]


def put(job: NewJob) -> None:
    """Enqueue with the open transaction: gathered into one statement where the commit is ours, at once where not.

    Inside a savepoint it is at once, too: PostgreSQL takes the job back with it, at any depth. Raises RefusedJob for
    what the ledger does not take, and EndedTransaction in code that outlived the transaction it was started in.
    """
    open_ = engine.current()
    if open_ is None:
        _put_alone(job)
        return
    with open_.lock:
        open_.require_open()
        if open_.ours and not open_.connection.in_nested_transaction():
            if not open_.outbox:
                open_.before_commit.append(partial(flush, open_))
            open_.outbox.append(job)
        elif not _is_sent(open_, job):
            _announce(open_, ledger.enqueue(open_.connection, [job]))
        elif job.told:
            job.told(None)


@through_migrations
def _put_alone(job: NewJob) -> None:
    with engine.transaction():
        put(job)


def insert(jobs: Sequence[NewJob]) -> None:
    """Insert jobs with the open transaction at once, so that a refusal is raised here and not at the commit."""
    if jobs:
        open_ = engine.opened()
        _announce(open_, ledger.enqueue(open_.connection, jobs))


def announce(due: list[ledger.Due]) -> None:
    """Ring for jobs that are due again, after the commit of the open transaction."""
    _announce(engine.opened(), due)


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


def _is_sent(open_: Transaction, job: NewJob) -> bool:
    """Tell whether a job of the same key was sent before the savepoint: the first one counts."""
    return job.unique_key is not None and any(job.unique_key == other.unique_key for other in open_.outbox)


def _taken(open_: Transaction) -> list[NewJob]:
    with open_.lock:
        jobs, open_.outbox[:] = list(open_.outbox), []
    return jobs


def _announce(open_: Transaction, due: list[ledger.Due]) -> None:
    if due:
        open_.after_commit.append(partial(ring, due))
