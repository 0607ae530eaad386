"""One run of a job inside this process, and the message Dramatiq's worker carries it in."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dramatiq.broker import MessageProxy
from dramatiq.message import Message

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.ledger import Claimed, Held, NewJob
    from workers.consumer import LedgerConsumer

#: A chain of jobs may keep its thread for so long (seconds).
CARRIED = 0.5


@dataclass(eq=False)
class Attempt:
    """A claimed job while it runs: its fencing number, and what has become of it so far."""

    job: Claimed
    settled: bool = False
    failed: bool = False
    retry_in: float | None = None
    error: BaseException | None = None
    farewells: list[NewJob] = field(default_factory=list)
    batch: Connection | None = None
    opened: bool = False
    consumer: LedgerConsumer | None = None
    carried_until: float = field(default_factory=lambda: time.monotonic() + CARRIED)
    following: list[Attempt] = field(default_factory=list)

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
    def held(self) -> Held:
        """The proof that goes with every change of the job."""
        return self.job.held

    def anew(self) -> Attempt:
        """Return the same attempt as it was before it ran."""
        return Attempt(self.job, consumer=self.consumer, carried_until=self.carried_until)


class LedgerMessage(MessageProxy):
    """A job as Dramatiq's worker and middleware see it; failing, retrying and errors land on the attempt."""

    def __init__(self, attempt: Attempt) -> None:
        job = attempt.job
        message: Message[Any] = Message(
            queue_name=job.queue,
            actor_name=job.actor,
            args=(),
            kwargs=job.args,
            options={**job.options, "retries": job.retries},
            message_id=str(job.id),
            # The age is PostgreSQL's; the difference to this process's clock is what middleware will look at.
            message_timestamp=int((time.time() - job.age) * 1000),
        )
        super().__init__(message)
        self.attempt = attempt

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


running: ContextVar[Attempt | None] = ContextVar("attempt", default=None)
