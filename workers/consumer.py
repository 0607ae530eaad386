"""Takes due jobs and claims them, a batch in one statement; blocks on the due set, and polls the ledger without it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, cast

import structlog
from dramatiq.broker import Consumer
from dramatiq.errors import BrokerConnectionError

from bellwork.db import ledger
from bellwork.db.engine import DatabaseError, single_statements, transaction
from bellwork.db.failpoints import reach
from bellwork.db.outdated import through_migrations
from bellwork.db.wording import message_of
from bellwork.workers import due_set
from bellwork.workers.attempt import BatchMessage, LedgerMessage
from bellwork.workers.in_flight import InFlight
from bellwork.workers.poll import LedgerPoller
from bellwork.workers.settle import settle
from bellwork.workers.suspects import Suspects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dramatiq.broker import MessageProxy
    from dramatiq.worker import Worker

    from bellwork.db.ledger import Claimed
    from bellwork.workers.attempt import Attempt
    from bellwork.workers.engine import Engine

log = structlog.get_logger("bellwork.consumer")

#: Short-lane jobs to one transaction: 50 take most of what batching gains (376 µs of CPU a job against 2,200).
BATCH = 50
#: Nothing heard from the due set for this long (seconds): poll the ledger.
LISTEN = due_set.LONGEST_POP
_PATIENCE = 1.0
#: Seconds until a queue that is full by its limit is asked again.
_FULL = 0.1


class LedgerConsumer(Consumer):
    """One queue's way from the ledger to Dramatiq's worker threads."""

    def __init__(self, broker: Engine, queue: str) -> None:
        self.broker = broker
        self.queue = queue
        self.in_flight = InFlight(broker)
        self.ready: deque[LedgerMessage | BatchMessage] = deque()
        self.suspects = Suspects(broker)
        self.troubled = False
        self.behind = False
        #: By the queue's limit no more of its jobs may run now, or somebody else is claiming them.
        self.full = False
        self.poller = LedgerPoller(queue, self.in_flight)

    def __next__(self) -> LedgerMessage | BatchMessage | None:
        """Return the next message, or None after a while without one."""
        if self.ready:
            return self.ready.popleft()
        free = self.broker.capacity.wait(_PATIENCE)
        if not free and not self.broker.capacity.closed:
            self.broker.hand_back_waiting()
        elif free:
            try:
                self._take()
                self.troubled = False
            except (*DatabaseError, BrokerConnectionError) as error:
                if not self.troubled:
                    log.warning("cannot claim", queue=self.queue, error=message_of(error))
                self.troubled = True
                self.broker.capacity.rest(_PATIENCE)
            except BaseException:
                self.in_flight.unconfirmed = True
                raise
        return self.ready.popleft() if self.ready else None

    def ack(self, message: MessageProxy) -> None:
        """Record the outcome of the message's attempt, whatever Dramatiq made of it."""
        try:
            goes_on = self._end(message)
        except BrokerConnectionError:
            raise  # Dramatiq asks again until PostgreSQL answers
        except BaseException:
            for attempt in _attempts(message):
                self.in_flight.forget_unconfirmed([attempt, *attempt.following])
            self.broker.capacity.release()
            raise
        if not goes_on:
            self.broker.capacity.release()

    nack = ack

    def _end(self, message: MessageProxy) -> bool:
        """Settle what ran; True where its thread goes on with the next job at once."""
        reach("before_ack", message.actor_name)
        if isinstance(message, BatchMessage):
            self.in_flight.forget(message.attempts)
        elif isinstance(message, LedgerMessage):
            attempt = message.attempt
            if not settle(self.broker, attempt):
                self.in_flight.forget([attempt])
            if not attempt.settled and attempt.following:
                self.in_flight.forget_unconfirmed(attempt.following)
            return attempt.settled and bool(attempt.following) and self._go_on(attempt.following)
        return False

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Hand back what was claimed and never ran."""
        unrun = list(messages)
        attempts = [attempt for message in unrun for attempt in _attempts(message)]
        if attempts:
            with transaction() as conn:
                ledger.release(conn, [attempt.held for attempt in attempts])
        self.in_flight.forget(attempts)
        self.broker.capacity.release(len(unrun))

    def close(self) -> None:
        """Hand back what is still waiting here; an unreachable database is left to notice by itself."""
        unrun = [self.ready.popleft() for _ in range(len(self.ready))]
        try:
            self.requeue(unrun)
        except DatabaseError as error:
            log.warning("cannot hand back", queue=self.queue, jobs=len(unrun), error=message_of(error))

    def _take(self) -> None:
        short = self.broker.lane(self.queue) == "short"
        most = BATCH if short else self.broker.capacity.wait(0)
        if not most:
            return
        if self.full:
            self.broker.capacity.rest(_FULL)
        # What is full takes no ids: they would be missing in the set.
        ids = [] if self.full else self.broker.listener.pop(self.queue, most, 0 if self.behind else LISTEN)
        if ids is None and not self.behind:
            self.broker.capacity.rest(_PATIENCE)
        # Only now are threads taken, and one for a mere look: a quiet queue must not keep them from the others.
        threads = self.broker.capacity.acquire(1 if short else len(ids or []) or (most if self.behind else 1))
        entered = 0
        try:
            # The set is bounded and may be at its end, and what finds no thread is still due in the ledger: poll it.
            found = len(ids or [])
            self.behind = self.behind or found >= most or found > threads * (BATCH if short else 1)
            if threads:
                self.ready.extend(self._messages(ids or [], most if short else threads, threads, short=short))
                entered = len(self.ready)
        finally:
            self.broker.capacity.release(threads - entered)

    def _messages(self, ids: list[int], most: int, threads: int, *, short: bool) -> list[LedgerMessage | BatchMessage]:
        jobs = self._claim(ids[:most], most)
        claimed = self.in_flight.expect(self.suspects.sort_out(jobs, threads))
        # What was handed back is not in the due set any more.
        self.behind = self.behind or len(claimed) < len(jobs)
        try:
            attempts = self.in_flight.admit(claimed)
        except BaseException:
            # None of these will run: the next poll releases them.
            self.in_flight.forget_unconfirmed(claimed)
            raise
        if short:
            return [BatchMessage(self.queue, attempts)] if attempts else []
        return [LedgerMessage(attempt) for attempt in attempts]

    def _claim(self, ids: list[int], most: int) -> list[Claimed]:
        reach("before_claim", self.queue)
        claimed = self._claim_now(ids, most, lost=self.in_flight.take_unconfirmed() or self.troubled)
        for job in claimed:
            reach("after_claim", job.actor)
        return claimed

    @through_migrations
    def _claim_now(self, ids: list[int], most: int, *, lost: bool) -> list[Claimed]:
        worker, actors = self.broker.worker_id, self.broker.fit_actors()
        with single_statements() as conn:
            if ids and not lost:
                claimed = ledger.claim(conn, worker, ids, actors, self.queue)
                self.poller.note(claimed)
            else:
                claimed = self.poller.claim(conn, worker, actors, most, lost=lost)
                self.behind = len(claimed) == most
            none = None if claimed else ledger.why_none(conn, worker, self.queue)
            if len(claimed) < len(ids) and not lost and not (none and none.is_limited):
                self.poller.let_keys_go(conn, actors, ids)
        if none and not none.is_known:
            self.broker.register_anew(worker)
        self.full = False
        return self._claim_limited(actors, most) if none and none.is_limited else claimed

    def _claim_limited(self, actors: list[str], most: int) -> list[Claimed]:
        """Claim from a queue with a limit, for which claims by id and polls find nothing."""
        with transaction() as conn:
            claimed, missed, self.full = ledger.claim_limited(conn, self.broker.worker_id, self.queue, actors, most)
            if missed:
                self.poller.let_keys_go(conn, actors, missed)
        self.behind = bool(claimed)
        return claimed

    def _go_on(self, following: list[Attempt]) -> bool:
        """Give the thread that is being freed its next job; False where that cannot be run."""
        attempts = self.in_flight.admit(following)
        for attempt in attempts:
            cast("Worker", self.broker.worker).consumers[self.queue].handle_message(LedgerMessage(attempt))
        return bool(attempts)

    def hand_over(self, attempt: Attempt) -> bool:
        """Give a thread a known attempt, whose slot the caller holds; False where it cannot be run."""
        try:
            fit = self.in_flight.admit([attempt])
        except BaseException:
            self.in_flight.forget_unconfirmed([attempt])
            raise
        if fit:
            short = self.broker.lane(self.queue) == "short"
            message = BatchMessage(self.queue, fit) if short else LedgerMessage(attempt)
            cast("Worker", self.broker.worker).consumers[self.queue].handle_message(message)
        return bool(fit)


def _attempts(message: MessageProxy) -> list[Attempt]:
    if isinstance(message, BatchMessage):
        return message.attempts
    return [message.attempt] if isinstance(message, LedgerMessage) else []
