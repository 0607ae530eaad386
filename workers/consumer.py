"""Takes due jobs and claims them, a batch in one statement; blocks on the due set, and reads the books without it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, cast

import structlog
from dramatiq.broker import Consumer
from dramatiq.errors import BrokerConnectionError
from dramatiq.middleware import Retries

from db import ledger
from db.engine import DatabaseError, single_statements, transaction
from db.failpoints import reach
from db.settings import settings
from workers import due_set
from workers.attempt import Attempt, BatchMessage, LedgerMessage
from workers.books import Books
from workers.settle import bury, settle
from workers.signature import signature_of
from workers.suspects import Suspects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dramatiq.broker import MessageProxy
    from dramatiq.worker import Worker

    from db.ledger import Claimed
    from workers.broker import LedgerBroker

log = structlog.get_logger("bellwork.consumer")

#: Short-lane jobs to one transaction: 50 take most of what batching gains (376 µs of CPU a job against 2,200).
BATCH = 50
#: Nothing heard from the due set for this long (seconds): look into the books.
LISTEN = due_set.LONGEST_POP
_PATIENCE = 1.0
#: Options of a message that Dramatiq's middleware calculates with.
_NUMBERS = ("max_retries", "min_backoff", "max_backoff", "time_limit", "max_age")


class LedgerConsumer(Consumer):
    """One queue's way from the ledger to Dramatiq's worker threads."""

    def __init__(self, broker: LedgerBroker, queue: str) -> None:
        self.broker = broker
        self.queue = queue
        self.known: dict[int, Attempt] = {}
        self.ready: deque[LedgerMessage | BatchMessage] = deque()
        self.suspects = Suspects(broker)
        self.troubled = False
        self.behind = False
        #: Jobs may stand in the books as running here that nobody here knows of: the next look is into the books.
        self.astray = False
        self.books = Books(queue)

    def __next__(self) -> LedgerMessage | BatchMessage | None:
        """Return the next message, or None after a while without one."""
        if self.ready:
            return self.ready.popleft()
        room = self.broker.gate.wait(_PATIENCE)
        if not room and not self.broker.gate.closed:
            self.broker.hand_back_waiting()
        elif room:
            try:
                self._take()
                self.troubled = False
            except (*DatabaseError, BrokerConnectionError) as error:
                if not self.troubled:
                    log.warning("cannot claim", queue=self.queue, error=str(error).splitlines()[0])
                self.troubled = True
                self.broker.gate.rest(_PATIENCE)
            except BaseException:
                self.astray = True
                raise
        return self.ready.popleft() if self.ready else None

    def ack(self, message: MessageProxy) -> None:
        """Write down what became of the message's attempt, whatever Dramatiq made of it."""
        try:
            goes_on = self._end(message)
        except BrokerConnectionError:
            raise  # Dramatiq asks again until PostgreSQL answers
        except BaseException:
            for attempt in _attempts(message):
                self.lose([attempt, *attempt.following])
            self.broker.gate.leave()
            raise
        if not goes_on:
            self.broker.gate.leave()

    nack = ack

    def _end(self, message: MessageProxy) -> bool:
        """Settle what ran; True where its thread goes on with the next job at once."""
        reach("before_ack", message.actor_name)
        if isinstance(message, BatchMessage):
            self.forget(message.attempts)
        elif isinstance(message, LedgerMessage):
            attempt = message.attempt
            if not settle(self.broker, attempt):
                self.forget([attempt])
            if not attempt.settled and attempt.following:
                self.lose(attempt.following)
            return attempt.settled and bool(attempt.following) and self._go_on(attempt.following)
        return False

    def takes(self, actor: str) -> bool:
        """Tell whether a job of this actor may be carried on here, unasked."""
        return actor in self.broker.actors and self.broker.worker is not None and not self.broker.gate.closed

    def expect(self, claimed: Iterable[Claimed], carried_until: float) -> list[Attempt]:
        """Know of jobs that are about to be claimed by a commit, so that no look into the books hands them back."""
        attempts = [Attempt(job, consumer=self, carried_until=carried_until) for job in claimed]
        self.known.update((attempt.id, attempt) for attempt in attempts)
        return attempts

    def forget(self, attempts: Iterable[Attempt]) -> None:
        """Let go of attempts that have ended, or never began."""
        for attempt in attempts:
            self.known.pop(attempt.id, None)

    def lose(self, attempts: Iterable[Attempt]) -> None:
        """Let go of attempts that may stand in the books as ours all the same: the next look finds them there."""
        self.forget(attempts)
        self.astray = True

    def admit(self, attempts: Iterable[Attempt]) -> list[Attempt]:
        """Let claimed attempts in, and bury unrun what cannot be run (again)."""
        return [attempt for attempt in attempts if self._is_fit(attempt)]

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Hand back what was claimed and never ran."""
        unrun = list(messages)
        attempts = [attempt for message in unrun for attempt in _attempts(message)]
        if attempts:
            with transaction() as conn:
                ledger.release(conn, [attempt.held for attempt in attempts])
        self.forget(attempts)
        self.broker.gate.leave(len(unrun))

    def close(self) -> None:
        """Hand back what is still waiting here; an unreachable database is left to notice by itself."""
        unrun = [self.ready.popleft() for _ in range(len(self.ready))]
        try:
            self.requeue(unrun)
        except DatabaseError as error:
            log.warning("cannot hand back", queue=self.queue, jobs=len(unrun), error=str(error).splitlines()[0])

    def _take(self) -> None:
        short = self.broker.lane(self.queue) == "short"
        most = BATCH if short else self.broker.gate.wait(0)
        if not most:
            return
        ids = due_set.pop(self.queue, most, 0 if self.behind else LISTEN)
        if ids is None and not self.behind:
            self.broker.gate.rest(_PATIENCE)
        # Only now are threads taken, and one for a mere look: a quiet queue must not keep them from the others.
        threads = self.broker.gate.enter(1 if short else len(ids or []) or (most if self.behind else 1))
        entered = 0
        try:
            # The set is bounded and may be at its end, and what finds no thread still stands in the books: look there.
            found = len(ids or [])
            self.behind = self.behind or found >= most or found > threads * (BATCH if short else 1)
            if threads:
                self.ready.extend(self._messages(ids or [], most if short else threads, threads, short=short))
                entered = len(self.ready)
        finally:
            self.broker.gate.leave(threads - entered)

    def _messages(self, ids: list[int], most: int, threads: int, *, short: bool) -> list[LedgerMessage | BatchMessage]:
        jobs = self._claim(ids[:most], most)
        claimed = [Attempt(job, consumer=self) for job in self.suspects.sort_out(jobs, threads)]
        # What was handed back is not in the due set any more.
        self.behind = self.behind or len(claimed) < len(jobs)
        self.known.update((attempt.id, attempt) for attempt in claimed)
        try:
            attempts = self.admit(claimed)
        except BaseException:
            # None of these will run: forgotten here, they are handed back at the next look into the books.
            self.forget(claimed)
            raise
        if short:
            return [BatchMessage(self.queue, attempts)] if attempts else []
        return [LedgerMessage(attempt) for attempt in attempts]

    def _claim(self, ids: list[int], most: int) -> list[Claimed]:
        worker, actors = self.broker.worker_id, self.broker.fit_actors()
        reach("before_claim", self.queue)
        astray, self.astray = self.astray, False
        with single_statements() as conn:
            lost = self.troubled or astray
            if ids and not lost:
                claimed = ledger.claim(conn, worker, ids, actors, self.queue)
                self.books.note(claimed)
            else:
                claimed = self.books.claim(conn, worker, actors, most, self.known, lost=lost)
                self.behind = len(claimed) == most
            if not claimed and not ledger.is_known(conn, worker):
                self.broker.reappear(worker)
        for job in claimed:
            reach("after_claim", job.actor)
        return claimed

    def _go_on(self, following: list[Attempt]) -> bool:
        """Give the thread that is being freed its next job; False where that cannot be run."""
        attempts = self.admit(following)
        for attempt in attempts:
            cast("Worker", self.broker.worker).consumers[self.queue].handle_message(LedgerMessage(attempt))
        return bool(attempts)

    def _is_fit(self, attempt: Attempt) -> bool:
        reason = self._unfit(attempt.job)
        if reason is not None:
            bury(self.broker, attempt, reason)
            self.forget([attempt])
        return reason is None

    def _unfit(self, job: Claimed) -> str | None:
        if job.crashes >= settings().max_crashes:
            return f"the worker's process died {job.crashes} times while it ran"
        actor = self.broker.actors[job.actor]
        if odd := [name for name in _NUMBERS if not isinstance(job.options.get(name, 0), int | float | None)]:
            return f"its options {_shortened(job.options)} cannot be used: {', '.join(odd)} must be numbers"
        most = job.options.get("max_retries", actor.options.get("max_retries", self._default_retries()))
        if most is not None and "retry_when" not in actor.options and job.retries > most:
            return f"out of retries ({most})"
        try:
            signature_of(actor.fn).bind(**job.args)
        except TypeError as error:
            return f"its arguments {_shortened(job.args)} do not fit {job.actor}: {error}"
        return None

    def _default_retries(self) -> int | None:
        return next((m.max_retries for m in self.broker.middleware if isinstance(m, Retries)), 0)


def _attempts(message: MessageProxy) -> list[Attempt]:
    if isinstance(message, BatchMessage):
        return message.attempts
    return [message.attempt] if isinstance(message, LedgerMessage) else []


def _shortened(args: Any) -> str:
    text = repr(args)
    return text if len(text) <= 200 else f"{text[:200]}…"  # noqa: PLR2004 - what fits a line of an operator's screen
