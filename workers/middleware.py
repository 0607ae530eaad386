"""Tells every hook and every actor which attempt runs on this thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from dramatiq.middleware import Middleware

from workers.attempt import LedgerMessage, running

if TYPE_CHECKING:
    from dramatiq.broker import Broker, MessageProxy


class Attempts(Middleware):
    """Binds the attempt, and its words for the log, around each run."""

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Bind the attempt."""
        del broker
        if isinstance(message, LedgerMessage):
            attempt = message.attempt
            running.set(attempt)
            structlog.contextvars.bind_contextvars(job=attempt.id, actor=attempt.actor, attempt=attempt.number)

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Let go of the attempt."""
        del broker, message, result, exception
        running.set(None)
        structlog.contextvars.clear_contextvars()

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """Let go of the attempt."""
        self.after_process_message(broker, message)
