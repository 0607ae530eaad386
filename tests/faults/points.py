"""Kills its process, once, at the point of a job's life that the test ordered; loaded by workers beside the actors.

An order is the file `kill` in the test's folder: "<point> <actor>". Whoever comes by takes it, and dies of SIGKILL.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import psycopg

from db import ledger
from tests.faults import actors
from workers import job
from workers.attempt import LedgerMessage
from workers.consumer import LedgerConsumer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_finishing: ContextVar[str | None] = ContextVar("finishing", default=None)
_claim, _take_in, _ack = ledger.claim, LedgerConsumer._claim, LedgerConsumer.ack
_transaction, _commit = job.transaction, psycopg.Connection.commit


def reach(point: str, actor: str) -> None:
    """Die here if the test ordered it."""
    if _ordered(point, actor):
        os.kill(os.getpid(), signal.SIGKILL)


def _ordered(point: str, actor: str) -> bool:
    order = actors.folder() / "kill"
    try:
        if order.read_text() != f"{point} {actor}":
            return False
        order.rename(order.with_name("killed"))
    except FileNotFoundError:
        return False
    return True


def _claim_by_id(*given: Any) -> list[ledger.Claimed]:
    """Stand before the claim: the ids have left the due set, and the ledger does not know of it yet."""
    reach("before_claim", "any")
    return _claim(*given)


def _claimed(consumer: LedgerConsumer, ids: list[int], most: int) -> list[ledger.Claimed]:
    """Stand after the claim's commit."""
    claimed = _take_in(consumer, ids, most)
    for each in claimed:
        reach("after_claim", each.actor)
    return claimed


def _halfway() -> None:
    """Stand in the middle of the provider's work."""
    reach("in_provider", job.current().actor)


@contextmanager
def _finish() -> Iterator[Connection]:
    """Stand inside job.transaction(), everything written, nothing committed."""
    actor = job.current().actor
    with _transaction() as conn:
        yield conn
        reach("before_commit", actor)
        _finishing.set(actor)
    _finishing.set(None)


def _commit_and_die(connection: psycopg.Connection[Any]) -> None:
    """Send COMMIT and die before the answer."""
    actor = _finishing.get()
    if actor is not None and _ordered("during_commit", actor):
        connection.pgconn.send_query(b"COMMIT")
        while connection.pgconn.flush():
            pass
        os.kill(os.getpid(), signal.SIGKILL)
    _commit(connection)


def _acknowledge(consumer: LedgerConsumer, message: Any) -> None:
    """Stand after the commit, before the acknowledgement."""
    if isinstance(message, LedgerMessage):
        reach("after_commit", message.attempt.actor)
    _ack(consumer, message)


ledger.claim = _claim_by_id  # type: ignore[assignment]
actors.halfway = _halfway
job.transaction = _finish
LedgerConsumer._claim = _claimed  # type: ignore[assignment,method-assign]
LedgerConsumer.ack = _acknowledge  # type: ignore[assignment,method-assign]
psycopg.Connection.commit = _commit_and_die  # type: ignore[assignment,method-assign]
