"""The short lane: up to 50 jobs in one thread and one transaction, each for itself, and one finish for all.

A batch is first run trustingly, without savepoints. If anything in it fails, all of it is rolled back and run again
with a savepoint for each job, so that the one that fails takes its retry path alone; for the next batches of that
queue the savepoints stay. What a job of this lane does is in the database, so its first run leaves no trace.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import structlog
from dramatiq.middleware import SkipMessage

from db import ledger
from db.engine import Transaction, Unreachable, at_once, opened, transaction
from db.failpoints import reach
from workers.attempt import Attempt, BatchMessage, LedgerMessage
from workers.carry import send_off
from workers.outcome import Done, Settled, outcome_of
from workers.settle import record, settle, without_rites

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.broker import LedgerBroker

log = structlog.get_logger("bellwork.short_lane")

#: After a failure so many batches of a queue run with savepoints: a third dearer, but nothing is run twice.
CAREFUL = 100


class _LostSome(Exception):  # noqa: N818 - only its own module sees it
    """Some attempts lost their lease while the batch ran: nothing of it may be kept."""


class _OneFailed(Exception):  # noqa: N818 - only its own module sees it
    """A job of a batch without savepoints did not simply return: the batch has to be run again with them."""


class BatchActor:
    """What Dramatiq's worker calls with a batch; looks enough like an actor for its middleware."""

    actor_name = BatchMessage.ACTOR
    priority = 0

    def __init__(self, broker: LedgerBroker) -> None:
        self.broker = broker
        # The clock of each job is set as it starts; the batch as a whole has none.
        self.options: dict[str, Any] = {"time_limit": float("inf"), "max_retries": 0}
        self._careful: Counter[str] = Counter()

    def __call__(self, attempts: list[Attempt]) -> None:
        """Run the attempts, and what follows them at once; every one is settled or handed back when this returns.

        Only where PostgreSQL is away nothing is written, and the leases run out.
        """
        consumer = attempts[0].consumer
        while attempts:
            following = self._run(attempts)
            if consumer is None:
                return
            consumer.forget(attempts)
            attempts = consumer.admit(following)

    def _run(self, attempts: list[Attempt]) -> list[Attempt]:
        queue = attempts[0].queue
        if not self._careful[queue]:
            try:
                return self._run_or_hand_back(attempts, savepoints=False)
            except _OneFailed:
                self._careful[queue] = CAREFUL
        self._careful[queue] -= 1
        return self._run_or_hand_back([attempt.anew() for attempt in attempts], savepoints=True)

    def _run_or_hand_back(self, attempts: list[Attempt], *, savepoints: bool) -> list[Attempt]:
        try:
            return self._run_together(attempts, savepoints=savepoints)
        except _OneFailed:
            raise
        except _LostSome:
            self._hand_back(attempts)
        except Unreachable as error:
            log.warning("batch given up", jobs=len(attempts), error=str(error).splitlines()[0])
            self._hand_back(attempts)
        except Exception as error:  # noqa: BLE001 - at the commit: a deferred constraint, a job sent that is refused
            self._run_apart(attempts, error)
        return []

    def _run_together(self, attempts: list[Attempt], *, savepoints: bool) -> list[Attempt]:
        following: list[Attempt] = []
        try:
            with transaction() as conn:
                following = self._all_of(conn, attempts, savepoints=savepoints)
                reach("before_commit", attempts[0].queue)
        except BaseException:
            if following and (consumer := attempts[0].consumer):
                consumer.lose(following)
            raise
        reach("after_commit", attempts[0].queue)
        for attempt in attempts:
            attempt.settled = True
        return following

    def _all_of(self, conn: Connection, attempts: list[Attempt], *, savepoints: bool) -> list[Attempt]:
        open_ = opened()
        at_once(conn, b"BEGIN; SAVEPOINT job" if savepoints else b"BEGIN")
        for attempt in attempts:
            self._run_one(conn, open_, attempt, savepoints=savepoints)
        done = [attempt for attempt in attempts if isinstance(outcome_of(attempt), Done)]
        if len(ledger.finish(conn, [attempt.held for attempt in done])) < len(done):
            raise _LostSome
        for attempt in attempts:
            if attempt not in done:
                self._record(conn, open_, attempt)
        return send_off(open_, done) if done else []

    def _run_one(self, conn: Connection, open_: Transaction, attempt: Attempt, *, savepoints: bool) -> None:
        message, sent = LedgerMessage(attempt), len(open_.outbox)
        if savepoints:
            # One round trip for both: the savepoint before is let go where this job's own is set.
            at_once(conn, b"RELEASE job; SAVEPOINT job")
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
            if savepoints:
                at_once(conn, b"ROLLBACK TO SAVEPOINT job")
                del open_.outbox[sent:]
                log.info("failed", job=attempt.id, actor=attempt.actor, error=repr(error))
            self.broker.emit_after("process_message", message, exception=error)
        if not savepoints and not isinstance(outcome_of(attempt), Done):
            raise _OneFailed

    def _record(self, conn: Connection, open_: Transaction, attempt: Attempt) -> None:
        sent = len(open_.outbox)
        at_once(conn, b"SAVEPOINT outcome")
        try:
            record(conn, self.broker, attempt, outcome_of(attempt))
        except ledger.LostLease:
            pass
        except Exception as failure:  # noqa: BLE001 - an actor's on_dead may raise anything; the neighbours must not suffer
            at_once(conn, b"ROLLBACK TO SAVEPOINT outcome")
            del open_.outbox[sent:]
            record(conn, self.broker, attempt, without_rites(attempt, outcome_of(attempt), failure), rites=False)

    def _run_apart(self, attempts: list[Attempt], error: Exception) -> None:
        """Run each attempt in a transaction of its own, so that the one to blame takes its retry path alone."""
        if len(attempts) > 1:
            for attempt in attempts:
                self([attempt.anew()])
            return
        failed = attempts[0].anew()
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
