"""One run of a job inside this process, and the message Dramatiq's worker carries it in."""

from __future__ import annotations

import os
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from dramatiq.broker import MessageProxy
from dramatiq.message import Message

from bellwork.workers.arguments import read_arguments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dramatiq.broker import Broker
    from sqlalchemy import Connection

    from bellwork.db.ledger import Claimed, Held, NewJob

#: A chain of jobs is continued inline, on one thread, for so long (seconds).
INLINE_FOR = 0.5


@dataclass(eq=False, slots=True)
class Attempt:
    """A claimed job while it runs: its fencing number, and what has become of it so far."""

    job: Claimed
    settled: bool = False
    failed: bool = False
    retry_in: float | None = None
    error: BaseException | None = None
    #: Jobs that hooks sent at its end (next stage, on_success, on_failure): inserted by the commit that records it.
    sent_at_end: list[NewJob] = field(default_factory=list)
    batch: Connection | None = None
    #: In a batch: each job has savepoints; and what its job.transaction() wrote has to be undone, though it went on.
    savepoints: bool = False
    undone: bool = False
    opened: bool = False
    inside: bool = False
    holder: Holder | None = None
    broker: Broker | None = None
    #: The options of its message, as hooks and middleware see and change them.
    options: dict[str, Any] = field(default_factory=dict)
    #: What the actor has named as its result, if it has: for the next stage of a pipeline.
    named: bool = False
    result: Any = None
    #: The message id of the next stage, once job.transaction() has sent it.
    piped: str | None = None
    #: What is sent now goes into the commit that records the attempt.
    gathers: bool = False
    #: Other authors' middleware was called for it already; what is repeated of it is not shown to them again.
    seen: bool = False
    #: The span of its trace while it runs, and the token that ends it on its thread; None where nobody traces.
    span: tuple[Any, Any] | None = None
    inline_until: float = field(default_factory=lambda: time.monotonic() + INLINE_FOR)
    following: list[Attempt] = field(default_factory=list)
    #: The proof that goes with every change of the job.
    held: Held = field(init=False)

    def __post_init__(self) -> None:
        self.held = self.job.held

    @property
    def id(self) -> int:
        """The job's id."""
        return self.job.id

    @property
    def actor(self) -> str:
        """The actor's name."""
        return self.job.actor

    @property
    def queue(self) -> str:
        """The queue's name."""
        return self.job.queue

    @property
    def number(self) -> int:
        """Which claim of the job this is, from 1: the fencing number."""
        return self.job.attempt

    @property
    def retries(self) -> int:
        """How often the job failed before."""
        return self.job.retries

    @property
    def gathers_now(self) -> bool:
        """Whether what is sent now has to wait for the record of this attempt; a batch has one commit for all."""
        return self.gathers and not self.settled and self.batch is None

    def anew(self) -> Attempt:
        """Return the same attempt as it was before it ran."""
        return Attempt(self.job, holder=self.holder, inline_until=self.inline_until, seen=self.seen)


class Holder(Protocol):
    """Keeps the attempts of a queue that are in flight in this process; InFlight says what each method does."""

    attempts: dict[int, Attempt]

    def takes(self, actor: str) -> bool:
        """Tell whether a job of this actor may be continued here inline."""

    def expect(self, claimed: Iterable[Claimed], inline_until: float) -> list[Attempt]:
        """Note jobs as in flight that are about to be claimed."""

    def admit(self, attempts: Iterable[Attempt]) -> list[Attempt]:
        """Return the claimed attempts that can be run here."""

    def holds(self, held: Held) -> bool:
        """Tell whether this attempt is in flight here."""

    def forget(self, attempts: Iterable[Attempt]) -> None:
        """Forget attempts that have ended."""

    def forget_unconfirmed(self, attempts: Iterable[Attempt]) -> None:
        """Forget attempts that the ledger may show as claimed here all the same."""


class LedgerMessage(MessageProxy):
    """A job as Dramatiq's worker and middleware see it; failing, retrying and errors land on the attempt."""

    def __init__(self, attempt: Attempt) -> None:
        job, options = attempt.job, dict(attempt.job.options)
        message_id = options.pop("message_id", None)
        if job.retries:
            # Only then: tracing takes a message that has the key for a retry.
            options["retries"] = job.retries
        attempt.options = options
        message: Message[Any] = Message(
            queue_name=job.queue,
            actor_name=job.actor,
            args=(),
            kwargs=job.args,
            options=options,
            message_id=message_id or str(job.id),
            # The age is PostgreSQL's; the difference to this process's clock is what middleware will look at.
            message_timestamp=int((time.time() - job.age) * 1000),
        )
        super().__init__(message)
        self.attempt = attempt
        self._kwargs: dict[str, Any] | None = None
        # Every hook asks for these, and a proxy looks each up in itself first.
        self.queue_name, self.actor_name = message.queue_name, message.actor_name
        self.options, self.message_id = options, message.message_id

    @property
    def kwargs(self) -> dict[str, Any]:
        """The arguments as the actor is called with them; the message inside has them as the ledger does.

        Raises UnfitArgument for what cannot be read as its parameter's type.
        """
        if self._kwargs is None:
            job, broker = self.attempt.job, self.attempt.broker
            if broker is None:
                return job.args
            self._kwargs = read_arguments(broker.actors[job.actor], job.args)
        return self._kwargs

    @kwargs.setter
    def kwargs(self, kwargs: dict[str, Any]) -> None:
        self._kwargs = kwargs

    def __str__(self) -> str:
        """Return what logs say: which job, and the names of its arguments; the values may be about people."""
        return f"{self.attempt.actor}({', '.join(self.attempt.job.args)}) of job {self.attempt.id}"

    def stuff_exception(self, exception: BaseException) -> None:
        """Note how the attempt ended."""
        super().stuff_exception(exception)
        self.attempt.error = exception

    def clear_exception(self) -> None:
        """Let go of the exception and of the frames it holds."""
        super().clear_exception()
        self.attempt.error = None

    def fail(self) -> None:
        """Note that nothing will try this job again."""
        super().fail()
        self.attempt.failed = True


class BatchMessage(MessageProxy):
    """Up to 50 short-lane jobs on their way through one thread and one transaction."""

    ACTOR = "bellwork.short_lane"

    def __init__(self, queue: str, attempts: list[Attempt]) -> None:
        super().__init__(Message(queue_name=queue, actor_name=self.ACTOR, args=(attempts,), kwargs={}, options={}))
        self.attempts = attempts

    def __str__(self) -> str:
        """Return what logs say: which jobs."""
        return f"jobs {', '.join(str(attempt.id) for attempt in self.attempts)} of {self.queue_name}"


running: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def _forked() -> None:
    """Know of no attempt in a forked child: the parent's ends there, and the child is another process."""
    running.set(None)


os.register_at_fork(after_in_child=_forked)
