"""LedgerBroker: Dramatiq's workers, actors and middleware over a ledger in PostgreSQL and a due set in Redis."""

from __future__ import annotations

import os
import time
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4
from weakref import WeakSet

import dramatiq
from dramatiq.asyncio import set_event_loop_thread
from dramatiq.common import iter_queue
from dramatiq.errors import QueueJoinTimeout, QueueNotFound
from dramatiq.middleware import (
    AgeLimit,
    AsyncIO,
    Callbacks,
    CurrentMessage,
    Middleware,
    ShutdownNotifications,
    TimeLimit,
)

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.vocabulary import Objective
from bellwork.workers.as_job import as_job
from bellwork.workers.attempt import BatchMessage, LedgerMessage, running
from bellwork.workers.capacity import Capacity
from bellwork.workers.consumer import LedgerConsumer
from bellwork.workers.declaration import check_actor, check_middleware
from bellwork.workers.event_loop import EventLoop
from bellwork.workers.finisher import Finisher
from bellwork.workers.hooks import Hooks
from bellwork.workers.listener import Listener
from bellwork.workers.middleware import Attempts, Pipelines, Retries
from bellwork.workers.outbox import put
from bellwork.workers.presence import Presence, register
from bellwork.workers.short_lane import BatchActor

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from dramatiq.actor import Actor
    from dramatiq.message import Message
    from dramatiq.worker import Worker
    from sqlalchemy import Connection

    from bellwork.db.ledger import Claimed
    from bellwork.workers.attempt import Attempt

#: A flush cancels so many jobs to a transaction.
_FLUSHED_AT_ONCE = 1_000
_TWO_LANES = "actor {name!r} of queue {queue!r} is for the {lane} lane, its other actors are not; give it its own queue"


_made: WeakSet[LedgerBroker] = WeakSet()


def default_middleware() -> list[Middleware]:
    """List the middleware in order; Attempts stands first, so that every other hook sees the running attempt."""
    return [
        Attempts(),
        Presence(),
        AgeLimit(),
        TimeLimit(),
        ShutdownNotifications(),
        EventLoop(),
        CurrentMessage(),
        Callbacks(),
        Pipelines(),
        Retries(),
    ]


class LedgerBroker(Hooks):
    """A Dramatiq broker whose messages are rows: `send` is an INSERT in the caller's transaction.

    Beside Dramatiq's own options an actor may declare `lane` ("long", or "short" for jobs that only touch the
    database and are brief), `callers` ("everyone", or "internal" for what only workers, schedulers, operators and the
    ledger's owner may enqueue, and a role like bellwork_api may not), `slo` (an Objective), `on_dead` (called as
    `on_dead(conn, args, reason)` in the transaction that marks a job dead), and `subject` and `tenant`, parameters that
    say whose data a job carries and for which school. A message takes `unique_key`, `priority`
    and `run_at` beside Dramatiq's options. A list of middleware that leaves out what the engine needs (Attempts,
    Presence) gets it in front.
    """

    OPTIONS: ClassVar[set[str]] = {"lane", "on_dead", "callers", "unique", "subject", "tenant", "slo"}

    def __init__(self, middleware: list[Middleware] | None = None) -> None:
        self.announced: set[str] = set()
        super().__init__(default_middleware() if middleware is None else _completed(middleware))
        self.actor_options |= self.OPTIONS
        self.queues: dict[str, str] = {}
        self.batch_actor = BatchActor(self)
        self._begin_process()
        _made.add(self)

    def _begin_process(self) -> None:
        """Set up what belongs to one process: the parent's worker, threads, locks and ids are not a forked child's."""
        self.capacity = Capacity()
        self.listener = Listener()
        self.finisher = Finisher(self._finished)
        self.consumers: dict[str, LedgerConsumer] = {}
        self.worker_id = uuid4()
        # Kept until it is known to be registered: a commit whose answer is lost must not leave a second row behind.
        self._next_id = uuid4()
        self.worker: Worker | None = None
        #: Actors whose jobs are not to be claimed for a while; looked up once a beat.
        self.quarantined: set[str] = set()
        self._appearing = Lock()

    def declare_actor(self, actor: Actor[Any, Any]) -> None:
        """Declare an actor; all actors of a queue share one lane. What no job could keep is refused (`declaration`)."""
        check_actor(actor)
        lane = actor.options.get("lane", "long")
        if lane not in {"long", "short"}:
            msg = f"actor {actor.actor_name!r} asks for lane {lane!r}; lanes are 'long' and 'short'"
            raise ValueError(msg)
        callers = actor.options.get("callers", "everyone")
        if callers not in {"everyone", "internal"}:
            msg = f"actor {actor.actor_name!r} is for callers {callers!r}; callers are 'everyone' and 'internal'"
            raise ValueError(msg)
        if not isinstance(slo := actor.options.get("slo"), Objective | None):
            msg = f"actor {actor.actor_name!r} promises slo={slo!r}; give an Objective(seconds=60, share=0.99)"
            raise TypeError(msg)
        if any(self.lane(other.queue_name) != lane for other in self.actors.values() if _share(actor, other)):
            raise ValueError(_TWO_LANES.format(name=actor.actor_name, queue=actor.queue_name, lane=lane))
        self.queues[actor.queue_name] = lane
        super().declare_actor(actor)

    def add_middleware(self, middleware: Middleware, **where: Any) -> None:
        """Add a middleware as Dramatiq does; raises TypeError where it was made with limits that are no numbers."""
        check_middleware(middleware)
        super().add_middleware(middleware, **where)

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue; once is enough, twice is harmless."""
        if queue_name not in self.announced:
            self.emit_before("declare_queue", queue_name)
            self.announced.add(queue_name)
            self.queues.setdefault(queue_name, "long")
            self.emit_after("declare_queue", queue_name)

    def lane(self, queue_name: str) -> str:
        """Name the lane of a queue."""
        return self.queues.get(queue_name, "long")

    def fit_actors(self) -> list[str]:
        """List the actors whose jobs are claimed here: those it knows, unless quarantined."""
        return [name for name in self.actors if name not in self.quarantined]

    def get_actor(self, actor_name: str) -> Actor[Any, Any]:
        """Look an actor up by name; raises ActorNotFound."""
        if actor_name == BatchMessage.ACTOR:
            return self.batch_actor  # type: ignore[return-value] # it is called like one and has its options
        return super().get_actor(actor_name)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Put a message into the ledger: with the open transaction, or at once where none is open.

        `delay` is in milliseconds. What Retries puts back is no new job: it only notes when to try again.
        """
        attempt = running.get()
        if isinstance(message, BatchMessage) or _is_sent_already(message, attempt):
            return message
        self.emit_before("enqueue", message, delay)
        if isinstance(message, LedgerMessage):
            message.attempt.retry_in = (delay or 0) / 1000
        else:
            self._put(message, delay, attempt)
        self.emit_after("enqueue", message, delay)
        return message

    def _put(self, message: Message[Any], delay: int | None, attempt: Attempt | None) -> None:
        try:
            job = as_job(self, message, delay)
        except (TypeError, ValueError) as error:
            if attempt is not None and attempt.gathers and not attempt.settled and attempt.error is None:
                # Dramatiq logs what a hook raises, and goes on: that the next stage is missing must not be forgotten.
                attempt.error, attempt.failed = error, True
            raise
        if attempt is not None and (attempt.error is not None or attempt.gathers_now):
            attempt.sent_at_end.append(job)
        else:
            put(job)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30_000) -> LedgerConsumer:
        """Return the consumer of a queue; how much it takes is decided by the threads that are free."""
        del prefetch, timeout
        self._require(queue_name)
        # Dramatiq asks again after an error: the same consumer still knows what runs.
        return self.consumers.setdefault(queue_name, LedgerConsumer(self, queue_name))

    def flush(self, queue_name: str) -> None:
        """Cancel every job of a queue that waits, now or for a later time; what runs goes on."""
        self._require(queue_name)
        while True:
            with transaction() as conn:
                if not ledger.flush(conn, queue_name, _FLUSHED_AT_ONCE):
                    return

    def flush_all(self) -> None:
        """Cancel every waiting job of the declared queues: meant for tests, and no less final elsewhere."""
        for queue_name in self.queues:
            self.flush(queue_name)

    def join(self, queue_name: str, *, timeout: int | None = None, interval: int = 50) -> None:
        """Wait until a queue has no unfinished job, none that comes back later either: meant for tests.

        `timeout` and `interval`, between two looks, are in milliseconds. Raises QueueJoinTimeout.
        """
        self._require(queue_name)
        deadline = None if timeout is None else time.monotonic() + timeout / 1000
        while True:
            with transaction() as conn:
                if ledger.is_empty(conn, queue_name):
                    return
            if deadline is not None and time.monotonic() >= deadline:
                raise QueueJoinTimeout(queue_name)
            time.sleep(interval / 1000)

    def _require(self, queue_name: str) -> None:
        if queue_name not in self.queues:
            raise QueueNotFound(queue_name)

    def register_anew(self, gone: UUID) -> None:
        """Register under a new id after the worker was declared gone; of several consumers that notice, one does it."""
        with self._appearing:
            if self.worker_id == gone:
                # Used only afterwards: a claim under an id that is not registered would be taken for a gone worker's.
                register(self, self._next_id)
                self.worker_id, self._next_id = self._next_id, uuid4()

    def take(self, claim: Callable[[Connection], Claimed | None]) -> Attempt | None:
        """Claim a job by `claim`, in a transaction of its own; returns its attempt, or None where there is none.

        It is in flight before the commit, for a poll releases what is not. Where the answer to the commit is lost, the
        next poll finds out.
        """
        job: Claimed | None = None
        attempts: list[Attempt] = []
        try:
            with transaction() as conn:
                job = claim(conn)
                if job is not None:
                    attempts = self.consumers[job.queue].in_flight.expect([job], inline_until=0.0)
        except BaseException:
            if job is not None:
                self.consumers[job.queue].in_flight.forget_unconfirmed(attempts)
            raise
        return attempts[0] if attempts else None

    def _finished(self, attempt: Attempt) -> None:
        if consumer := self.consumers.get(attempt.queue):
            consumer.in_flight.forget([attempt])

    def hand_back_waiting(self) -> None:
        """Hand back what was claimed and waits for a thread: at a clean stop, or when the threads turn out slow."""
        if self.worker is not None:
            for item in iter_queue(self.worker.work_queue):
                self.worker.consumers[item.message.queue_name].requeue_messages([item.message])
                self.worker.work_queue.task_done()


def _is_sent_already(message: Message[Any], attempt: Attempt | None) -> bool:
    """Tell whether job.transaction() has sent this stage of a pipeline: then Pipelines' hook comes too late for it."""
    return attempt is not None and attempt.piped is not None and attempt.piped == message.message_id


def _completed(middleware: list[Middleware]) -> list[Middleware]:
    """Add what no worker can do without, and give asynchronous actors the engine's own loop."""
    needed = [kind() for kind in (Attempts, Presence) if not any(isinstance(m, kind) for m in middleware)]
    return needed + [EventLoop() if type(m) is AsyncIO else m for m in middleware]


def _share(actor: Actor[Any, Any], other: Actor[Any, Any]) -> bool:
    return other.queue_name == actor.queue_name and other.actor_name != actor.actor_name


def _forked() -> None:
    """Begin anew in a forked child, for every broker of the parent."""
    set_event_loop_thread(None)
    for made in _made:
        made._begin_process()  # noqa: SLF001 - a method of this module's own class


os.register_at_fork(after_in_child=_forked)
broker = LedgerBroker()
dramatiq.set_broker(broker)
