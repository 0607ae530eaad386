"""LedgerBroker: Dramatiq's workers, actors and middleware over a ledger in PostgreSQL and a due set in Redis."""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

import dramatiq
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread
from dramatiq.common import iter_queue
from dramatiq.errors import ActorNotFound, QueueNotFound
from dramatiq.middleware import (
    AgeLimit,
    AsyncIO,
    Callbacks,
    CurrentMessage,
    Middleware,
    MiddlewareError,
    Retries,
    ShutdownNotifications,
    TimeLimit,
)

from db.ledger import NewJob
from workers.attempt import BatchMessage, LedgerMessage, running
from workers.consumer import LedgerConsumer
from workers.finisher import Finisher
from workers.gate import Gate
from workers.middleware import Attempts
from workers.outbox import put
from workers.presence import Presence, register
from workers.short_lane import BatchActor
from workers.signature import named_arguments

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from dramatiq import Broker
    from dramatiq.actor import Actor
    from dramatiq.message import Message
    from dramatiq.worker import Worker

    from workers.attempt import Attempt

#: Options of a message that are the ledger's own columns.
_COLUMNS = {"unique_key", "priority", "run_at"}
#: What Retries notes on a message; the ledger has its own columns for it.
_NOTES = {"retries", "traceback", "requeue_timestamp"}
_TWO_LANES = "actor {name!r} of queue {queue!r} is for the {lane} lane, its other actors are not; give it its own queue"


class EventLoop(AsyncIO):
    """Dramatiq's event loop for asynchronous actors, on a thread that does not keep a process alive that has to end."""

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Start the loop."""
        del broker, worker
        thread = EventLoopThread(self.logger)
        thread.daemon = True
        thread.start(timeout=1.0)
        set_event_loop_thread(thread)


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
        Retries(),
    ]


class LedgerBroker(dramatiq.Broker):
    """A Dramatiq broker whose messages are rows: `send` is an INSERT in the caller's transaction.

    Beside Dramatiq's own options an actor may declare `lane` ("long", or "short" for jobs that only touch the
    database and are brief) and `on_dead` (called as `on_dead(conn, args, reason)` in the transaction that marks a
    job dead). A message takes `unique_key`, `priority` and `run_at` beside Dramatiq's options.
    """

    OPTIONS: ClassVar[set[str]] = {"lane", "on_dead"}

    def __init__(self, middleware: list[Middleware] | None = None) -> None:
        self.announced: set[str] = set()
        self._hooks: dict[str, list[Callable[..., None]]] = {}
        self._hooked: list[Middleware] = []
        super().__init__(middleware=default_middleware() if middleware is None else middleware)
        self.actor_options |= self.OPTIONS
        self.queues: dict[str, str] = {}
        self.gate = Gate()
        self.finisher = Finisher(self._finished)
        self.consumers: dict[str, LedgerConsumer] = {}
        self.worker_id = uuid4()
        # Kept until it is known to be registered: a commit whose answer is lost must not leave a second row behind.
        self._next_id = uuid4()
        self.worker: Worker | None = None
        self.batch_actor = BatchActor(self)
        #: Actors whose jobs are not to be claimed for a while; looked up once a beat.
        self.quarantined: set[str] = set()
        self._appearing = Lock()

    def emit_before(self, signal: str, *args: Any, **kwargs: Any) -> None:
        """Call the hooks as Dramatiq does, but only those that a middleware has made its own: the rest do nothing."""
        for hook in self._hooks_of(f"before_{signal}"):
            try:
                hook(self, *args, **kwargs)
            except MiddlewareError:
                raise
            except Exception:
                self.logger.critical("Unexpected failure in %r.", hook, exc_info=True)

    def emit_after(self, signal: str, *args: Any, **kwargs: Any) -> None:
        """Call the hooks in the opposite order; what they raise is logged."""
        for hook in reversed(self._hooks_of(f"after_{signal}")):
            try:
                hook(self, *args, **kwargs)
            except Exception:
                self.logger.critical("Unexpected failure in %r.", hook, exc_info=True)

    def _hooks_of(self, name: str) -> list[Callable[..., None]]:
        if self._hooked != self.middleware:
            self._hooked, self._hooks = list(self.middleware), {}
        if name not in self._hooks:
            idle = getattr(Middleware, name, None)
            own = [m for m in self.middleware if getattr(type(m), name, idle) is not idle]
            self._hooks[name] = [getattr(m, name) for m in own]
        return self._hooks[name]

    def declare_actor(self, actor: Actor[Any, Any]) -> None:
        """Declare an actor; all actors of a queue share one lane."""
        lane = actor.options.get("lane", "long")
        if lane not in {"long", "short"}:
            msg = f"actor {actor.actor_name!r} asks for lane {lane!r}; lanes are 'long' and 'short'"
            raise ValueError(msg)
        if any(self.lane(other.queue_name) != lane for other in self.actors.values() if _share(actor, other)):
            raise ValueError(_TWO_LANES.format(name=actor.actor_name, queue=actor.queue_name, lane=lane))
        self.queues[actor.queue_name] = lane
        super().declare_actor(actor)

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
        if isinstance(message, LedgerMessage):
            message.attempt.retry_in = (delay or 0) / 1000
            return message
        if isinstance(message, BatchMessage):
            return message
        job = self.new_job(message, delay)
        attempt = running.get()
        if attempt is not None and attempt.error is not None:
            attempt.farewells.append(job)
            return message
        self.emit_before("enqueue", message, delay)
        put(job)
        self.emit_after("enqueue", message, delay)
        return message

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30_000) -> LedgerConsumer:
        """Return the consumer of a queue; how much it takes is decided by the threads that are free."""
        del prefetch, timeout
        if queue_name not in self.queues:
            raise QueueNotFound(queue_name)
        # Dramatiq asks again after an error: the same consumer still knows what runs.
        return self.consumers.setdefault(queue_name, LedgerConsumer(self, queue_name))

    def reappear(self, gone: UUID) -> None:
        """Register under a new id after the worker was declared gone; of several consumers that notice, one does it."""
        with self._appearing:
            if self.worker_id == gone:
                # Named by it only afterwards: who claimed under an id that is not registered yet would think it gone.
                register(self, self._next_id)
                self.worker_id, self._next_id = self._next_id, uuid4()

    def _finished(self, attempt: Attempt) -> None:
        if consumer := self.consumers.get(attempt.queue):
            consumer.known.pop(attempt.id, None)

    def hand_back_waiting(self) -> None:
        """Hand back what was claimed and waits for a thread: at a clean stop, or when the threads turn out slow."""
        if self.worker is not None:
            for item in iter_queue(self.worker.work_queue):
                self.worker.consumers[item.message.queue_name].requeue_messages([item.message])
                self.worker.work_queue.task_done()

    def new_job(self, message: Message[Any], delay: int | None = None) -> NewJob:
        """Translate a message into the job it stands for; raises TypeError for arguments that do not fit."""
        options = {name: value for name, value in message.options.items() if name not in _COLUMNS | _NOTES}
        run_at = message.options.get("run_at")
        if run_at is not None and (not isinstance(run_at, datetime) or run_at.tzinfo is None):
            msg = f"run_at is {run_at!r}; give a datetime with a time zone"
            raise ValueError(msg)
        return NewJob(
            actor=message.actor_name,
            args=self._named(message),
            queue=message.queue_name,
            priority=message.options.get("priority", self._priority(message.actor_name)),
            delay=(delay or 0) / 1000,
            run_at=run_at,
            unique_key=message.options.get("unique_key"),
            options=options,
        )

    def _priority(self, actor_name: str) -> int:
        return self.actors[actor_name].priority if actor_name in self.actors else 0

    def _named(self, message: Message[Any]) -> dict[str, Any]:
        """Name every argument, so that the ledger reads the same whoever enqueued; refuses a wrong call at once."""
        try:
            function = self.get_actor(message.actor_name).fn
        except ActorNotFound:
            return dict(message.kwargs)
        return named_arguments(function, message.args, message.kwargs)


def _share(actor: Actor[Any, Any], other: Actor[Any, Any]) -> bool:
    return other.queue_name == actor.queue_name and other.actor_name != actor.actor_name


broker = LedgerBroker()
dramatiq.set_broker(broker)
