"""The short lane: up to 50 jobs in one thread and one transaction, each for itself, and one finish for all.

A batch is first run trustingly, without savepoints. If anything in it fails, all of it is rolled back and run again
with a savepoint for each job, so that the one that fails takes its retry path alone; for the next batches of that
queue the savepoints stay. What a job of this lane does is in the database, so its first run leaves no trace. Where
another author's middleware hears of each job, every batch runs with savepoints: a hook must not see a trial run. Its
hooks for the end of a message (ack, nack) are called once the batch has committed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import structlog
from dramatiq.middleware import SkipMessage

from bellwork.db import ledger
from bellwork.db.engine import Transaction, Unreachable, at_once, opened, transaction
from bellwork.db.failpoints import reach
from bellwork.db.ledger import lacks_partition
from bellwork.db.outdated import is_outdated
from bellwork.db.wording import message_of, words_of
from bellwork.workers.attempt import Attempt, BatchMessage, LedgerMessage
from bellwork.workers.history import made_partition
from bellwork.workers.inline import continue_inline
from bellwork.workers.outcome import Done, Settled, outcome_of
from bellwork.workers.settle import record, settle, unrecorded, without_on_dead

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.workers.engine import Engine
    from bellwork.workers.outcome import Outcome

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

    def __init__(self, broker: Engine) -> None:
        self.broker = broker
        # The clock of each job is set as it starts; the batch as a whole has none.
        self.options: dict[str, Any] = {"time_limit": float("inf"), "max_retries": 0}
        self._careful: Counter[str] = Counter()

    def __call__(self, attempts: list[Attempt]) -> None:
        """Run the attempts, and what follows them at once; every one is settled or handed back when this returns.

        Where PostgreSQL is away nothing is written; the consumer's next poll releases them.
        """
        holder = attempts[0].holder
        held = attempts
        try:
            while attempts:
                following = self._run(attempts)
                if holder is None:
                    return
                holder.forget(attempts)
                held = following
                attempts = holder.admit(following)
        except BaseException:
            if holder is not None:
                holder.forget_unconfirmed(held)
            raise

    def _run(self, attempts: list[Attempt]) -> list[Attempt]:
        queue = attempts[0].queue
        if not self._careful[queue] and not self.broker.is_watched():
            try:
                return self._run_or_hand_back(attempts, savepoints=False)
            except _OneFailed:
                self._careful[queue] = CAREFUL
        self._careful[queue] = max(0, self._careful[queue] - 1)
        return self._run_or_hand_back([attempt.anew() for attempt in attempts], savepoints=True)

    def _run_or_hand_back(self, attempts: list[Attempt], *, savepoints: bool) -> list[Attempt]:
        messages = [LedgerMessage(attempt) for attempt in attempts]
        try:
            return self._run_together(messages, savepoints=savepoints)
        except _OneFailed:
            raise
        except _LostSome:
            self._hand_back(messages)
        except Unreachable as error:
            log.warning("batch given up", jobs=len(attempts), error=message_of(error))
            self._hand_back(messages)
        except Exception as error:  # noqa: BLE001 - at the commit: a deferred constraint, a job sent that is refused
            if made_partition(error) or is_outdated(error):
                self._hand_back(messages)
            else:
                self._run_apart(attempts, error)
        finally:
            for message in messages:
                message.clear_exception()
        return []

    def _run_together(self, messages: list[LedgerMessage], *, savepoints: bool) -> list[Attempt]:
        attempts, following = [message.attempt for message in messages], list[Attempt]()
        try:
            with transaction() as conn:
                following = self._all_of(conn, messages, savepoints=savepoints)
                reach("before_commit", attempts[0].queue)
        except BaseException:
            if following and (holder := attempts[0].holder):
                holder.forget_unconfirmed(following)
            raise
        reach("after_commit", attempts[0].queue)
        for attempt in attempts:
            attempt.settled = True
        if self.broker.is_watched():
            for message in messages:
                self.broker.acknowledge(message)
        return following

    def _all_of(self, conn: Connection, messages: list[LedgerMessage], *, savepoints: bool) -> list[Attempt]:
        open_, attempts = opened(), [message.attempt for message in messages]
        at_once(conn, b"BEGIN; SAVEPOINT job" if savepoints else b"BEGIN")
        for message in messages:
            self._run_one(conn, open_, message, savepoints=savepoints)
        done = [attempt for attempt in attempts if isinstance(outcome_of(attempt), Done)]
        if len(ledger.finish(conn, [attempt.held for attempt in done])) < len(done):
            raise _LostSome
        for attempt in attempts:
            if attempt not in done:
                self._record(conn, open_, attempt)
        return continue_inline(open_, done) if done else []

    def _run_one(self, conn: Connection, open_: Transaction, message: LedgerMessage, *, savepoints: bool) -> None:
        attempt, sent = message.attempt, len(open_.outbox)
        if savepoints:
            # One round trip for both: the savepoint before is let go where this job's own is set.
            at_once(conn, b"RELEASE job; SAVEPOINT job")
        attempt.batch, attempt.savepoints = conn, savepoints
        try:
            self.broker.emit_before("process_message", message)
            result = None if message.failed else self.broker.get_actor(attempt.actor)(**message.kwargs)
            self.broker.emit_after("process_message", message, result=result)
            if savepoints and attempt.failed:
                _undo(conn, open_, sent)
        except SkipMessage as skip:
            if message.failed:
                message.stuff_exception(skip)
            self.broker.emit_after("skip_message", message)
        except BaseException as error:  # noqa: BLE001 - whatever a job raises is its own outcome, not the batch's
            message.stuff_exception(error)
            if savepoints:
                _undo(conn, open_, sent)
                log.info("failed", job=attempt.id, actor=attempt.actor, error=words_of(error))
            self.broker.emit_after("process_message", message, exception=error)
        if not savepoints and (attempt.undone or not isinstance(outcome_of(attempt), Done)):
            raise _OneFailed

    def _record(self, conn: Connection, open_: Transaction, attempt: Attempt) -> None:
        """Record one outcome: in full, else without on_dead, else as a failure that counts."""
        outcome = outcome_of(attempt)
        failure = self._recorded(conn, open_, attempt, outcome, with_on_dead=True)
        if failure is not None:
            reduced = without_on_dead(attempt, outcome, failure)
            failure = self._recorded(conn, open_, attempt, reduced, with_on_dead=False)
        if failure is not None and lacks_partition(failure):
            raise failure
        if failure is not None:
            record(conn, self.broker, attempt, unrecorded(attempt, failure), with_on_dead=False)

    def _recorded(
        self, conn: Connection, open_: Transaction, attempt: Attempt, outcome: Outcome, *, with_on_dead: bool
    ) -> BaseException | None:
        """Record one outcome under a savepoint, so that the neighbours do not suffer; returns what went wrong."""
        sent = len(open_.outbox)
        at_once(conn, b"SAVEPOINT outcome")
        try:
            record(conn, self.broker, attempt, outcome, with_on_dead=with_on_dead)
        except ledger.LostLease:
            ledger.note_fenced(conn, [attempt.held])
        except BaseException as failure:  # noqa: BLE001 - an actor's on_dead may raise anything
            at_once(conn, b"ROLLBACK TO SAVEPOINT outcome")
            del open_.outbox[sent:]
            return failure
        return None

    def _run_apart(self, attempts: list[Attempt], error: Exception) -> None:
        """Run each attempt in a transaction of its own, so that the one to blame takes its retry path alone."""
        for attempt in attempts:
            attempt.seen = True
        if len(attempts) > 1:
            for attempt in attempts:
                self([attempt.anew()])
            return
        message = LedgerMessage(attempts[0].anew())
        message.stuff_exception(error)
        self.broker.emit_after("process_message", message, exception=error)
        self._settle(message)

    def _hand_back(self, messages: list[LedgerMessage]) -> None:
        """Go through a batch that could not be kept: failures are settled one by one, the others handed back."""
        with transaction() as conn:
            done = [m.attempt.held for m in messages if isinstance(outcome_of(m.attempt), Done)]
            back = ledger.release(conn, done)
            if lost := [held for held in done if held.id not in back]:
                ledger.note_fenced(conn, lost)
        for message in messages:
            if not isinstance(outcome_of(message.attempt), Done | Settled):
                self._settle(message)

    def _settle(self, message: LedgerMessage) -> None:
        settle(self.broker, message.attempt)
        self.broker.acknowledge(message)


def _undo(conn: Connection, open_: Transaction, sent: int) -> None:
    """Take back what the job has written and sent since its savepoint."""
    at_once(conn, b"ROLLBACK TO SAVEPOINT job")
    del open_.outbox[sent:]
