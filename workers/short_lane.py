"""The short lane: up to 50 jobs in one thread and one transaction, each under its own savepoint, one finish for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from dramatiq.middleware import SkipMessage

from db import ledger
from db.engine import Transaction, Unreachable, opened, psycopg_of, transaction
from workers.attempt import Attempt, BatchMessage, LedgerMessage
from workers.outcome import Done, Settled, outcome_of
from workers.settle import record, settle, without_rites

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.broker import LedgerBroker

log = structlog.get_logger("bellwork.short_lane")


class _LostSome(Exception):  # noqa: N818 - only its own module sees it
    """Some attempts lost their lease while the batch ran: nothing of it may be kept."""


class BatchActor:
    """What Dramatiq's worker calls with a batch; looks enough like an actor for its middleware."""

    actor_name = BatchMessage.ACTOR
    priority = 0

    def __init__(self, broker: LedgerBroker) -> None:
        self.broker = broker
        # The clock of each job is set as it starts; the batch as a whole has none.
        self.options: dict[str, Any] = {"time_limit": float("inf"), "max_retries": 0}

    def __call__(self, attempts: list[Attempt]) -> None:
        """Run the attempts; every one is settled or handed back when this returns, unless PostgreSQL is away."""
        try:
            self._run(attempts)
        except _LostSome:
            self._hand_back(attempts)
        except Unreachable as error:
            log.warning("batch given up", jobs=len(attempts), error=str(error).splitlines()[0])
            self._hand_back(attempts)
        except Exception as error:  # noqa: BLE001 - at the commit: a deferred constraint, a job sent that is refused
            self._run_apart(attempts, error)

    def _run(self, attempts: list[Attempt]) -> None:
        with transaction() as conn:
            open_ = opened()
            psycopg_of(conn).execute(b"SAVEPOINT job")
            for attempt in attempts:
                self._run_one(conn, open_, attempt)
            done = [attempt for attempt in attempts if isinstance(outcome_of(attempt), Done)]
            if len(ledger.finish(conn, [attempt.held for attempt in done])) < len(done):
                raise _LostSome
            for attempt in attempts:
                if attempt not in done:
                    self._record(conn, open_, attempt)
        for attempt in attempts:
            attempt.settled = True

    def _run_one(self, conn: Connection, open_: Transaction, attempt: Attempt) -> None:
        message, sent = LedgerMessage(attempt), len(open_.outbox)
        # One round trip for both: the savepoint before is let go where this job's own is set.
        psycopg_of(conn).execute(b"RELEASE job; SAVEPOINT job")
        attempt.batch = conn
        try:
            self.broker.emit_before("process_message", message)
            if not message.failed:
                self.broker.get_actor(attempt.actor)(**attempt.job.args)
            self.broker.emit_after("process_message", message, result=None)
        except SkipMessage as skip:
            if message.failed:
                message.stuff_exception(skip)
            self.broker.emit_after("skip_message", message)
        except BaseException as error:  # noqa: BLE001 - whatever a job raises is its own outcome, not the batch's
            message.stuff_exception(error)
            psycopg_of(conn).execute(b"ROLLBACK TO SAVEPOINT job")
            del open_.outbox[sent:]
            log.info("failed", job=attempt.id, actor=attempt.actor, error=repr(error))
            self.broker.emit_after("process_message", message, exception=error)

    def _record(self, conn: Connection, open_: Transaction, attempt: Attempt) -> None:
        sent = len(open_.outbox)
        psycopg_of(conn).execute(b"SAVEPOINT outcome")
        try:
            record(conn, self.broker, attempt, outcome_of(attempt))
        except ledger.LostLease:
            pass
        except Exception as failure:  # noqa: BLE001 - an actor's on_dead may raise anything; the neighbours must not suffer
            psycopg_of(conn).execute(b"ROLLBACK TO SAVEPOINT outcome")
            del open_.outbox[sent:]
            record(conn, self.broker, attempt, without_rites(attempt, outcome_of(attempt), failure), rites=False)

    def _run_apart(self, attempts: list[Attempt], error: Exception) -> None:
        """Run each attempt in a transaction of its own, so that the one to blame takes its retry path alone."""
        if len(attempts) > 1:
            for attempt in attempts:
                self([Attempt(attempt.job)])
            return
        failed = Attempt(attempts[0].job)
        message = LedgerMessage(failed)
        message.stuff_exception(error)
        self.broker.emit_after("process_message", message, exception=error)
        settle(self.broker, failed)

    def _hand_back(self, attempts: list[Attempt]) -> None:
        """Go through a batch that could not be kept: failures are settled one by one, the others handed back."""
        with transaction() as conn:
            ledger.release(conn, [a.held for a in attempts if isinstance(outcome_of(a), Done)])
        for attempt in attempts:
            if not isinstance(outcome_of(attempt), Done | Settled):
                settle(self.broker, attempt)
