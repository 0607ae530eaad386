"""The engine's own middleware: which attempt runs on this thread, and what Dramatiq's Retries need not decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dramatiq.middleware import Middleware, Shutdown
from dramatiq.middleware import Pipelines as DramatiqPipelines
from dramatiq.middleware import Retries as DramatiqRetries

from bellwork.db.ledger import LostLease
from bellwork.db.wording import message_of
from bellwork.workers import tracing
from bellwork.workers.attempt import LedgerMessage, running
from bellwork.workers.outcome import Permanent, Snooze
from bellwork.workers.parameter import UnfitArgument

if TYPE_CHECKING:
    from dramatiq.broker import Broker, MessageProxy


class Attempts(Middleware):
    """Binds the attempt, and the span of its trace, around each run."""

    repeatable = True

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Bind the attempt, and tell it under which broker it runs."""
        if isinstance(message, LedgerMessage):
            message.attempt.broker = broker
            running.set(message.attempt)
            tracing.begin(message.attempt)

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Let go of the attempt."""
        del broker, result
        if isinstance(message, LedgerMessage):
            tracing.end(message.attempt, exception)
        running.set(None)

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """Let go of the attempt."""
        self.after_process_message(broker, message)


class Pipelines(DramatiqPipelines):
    """Dramatiq's Pipelines, which costs a job nothing that is no stage of one: its hook imports a module each time."""

    repeatable = True

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Send the next stage, if there is one."""
        if message.options.get("pipe_target") is not None:
            super().after_process_message(  # type: ignore[no-untyped-call] # Dramatiq leaves its hooks untyped
                broker, message, result=result, exception=exception
            )


class Retries(DramatiqRetries):
    """Dramatiq's Retries; it speaks of no retry for a job that is dead at once, snoozes, or lost its lease."""

    repeatable = True

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Decide about a failure."""
        if isinstance(exception, Permanent | UnfitArgument):
            message.fail()
            self.logger.info("Message %r has failed for good: %s", message.message_id, message_of(exception))
        elif isinstance(exception, Snooze):
            self.logger.info("Message %r comes back in %g seconds.", message.message_id, exception.seconds)
        elif not isinstance(exception, Shutdown | LostLease):
            super().after_process_message(  # type: ignore[no-untyped-call] # Dramatiq leaves its hooks untyped
                broker, message, result=result, exception=exception
            )
