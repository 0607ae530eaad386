"""Tells every hook and every actor which attempt runs on this thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dramatiq.middleware import Middleware

from workers.attempt import LedgerMessage, running

if TYPE_CHECKING:
    from dramatiq.broker import Broker, MessageProxy


class Attempts(Middleware):
    """Binds the attempt around each run."""

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Bind the attempt."""
        del broker
        if isinstance(message, LedgerMessage):
            running.set(message.attempt)

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Let go of the attempt."""
        del broker, message, result, exception
        running.set(None)

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """Let go of the attempt."""
        self.after_process_message(broker, message)
