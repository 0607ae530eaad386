"""Which hooks of which middleware are called, and for what: once for each attempt, and never for a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import dramatiq
from dramatiq.middleware import (
    AgeLimit,
    Callbacks,
    CurrentMessage,
    Middleware,
    MiddlewareError,
    Pipelines,
    Retries,
    ShutdownNotifications,
    TimeLimit,
)

from bellwork.workers.attempt import BatchMessage, LedgerMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Middleware whose hooks leave nothing outside of the job, so that they may be called for a run that is rolled back
#: and repeated; the engine's own say so with `repeatable`.
REPEATABLE = (AgeLimit, TimeLimit, ShutdownNotifications, CurrentMessage, Callbacks, Pipelines, Retries)
_OF_MESSAGES = ("process_message", "skip_message", "ack", "nack")
_OF_RUNS = {"before_process_message", "after_process_message", "after_skip_message"}


class _Hook(NamedTuple):
    call: Callable[..., None]
    repeatable: bool


class Hooks(dramatiq.Broker):
    """The part of the broker that calls hooks: only those that a middleware overrides, for the others do nothing."""

    def __init__(self, middleware: list[Middleware]) -> None:
        self._hooks: dict[str, list[_Hook]] = {}
        self._hooked: list[Middleware] = []
        super().__init__(middleware=middleware)

    def emit_before(self, signal: str, *args: Any, **kwargs: Any) -> None:
        """Call the hooks as Dramatiq does: a MiddlewareError is raised, any other error is logged."""
        for hook in self._hooks_for(f"before_{signal}", args):
            try:
                hook.call(self, *args, **kwargs)
            except MiddlewareError:
                raise
            except Exception:
                self.logger.critical("Unexpected failure in %r.", hook.call, exc_info=True)

    def emit_after(self, signal: str, *args: Any, **kwargs: Any) -> None:
        """Call the hooks in the opposite order; what they raise is logged.

        What a repeatable hook sends after a run is gathered with the attempt: it goes into the commit that records it.
        """
        ran = args[0].attempt if signal == "process_message" and isinstance(args[0], LedgerMessage) else None
        for hook in reversed(self._hooks_for(f"after_{signal}", args)):
            if ran is not None:
                ran.gathers = hook.repeatable
            try:
                hook.call(self, *args, **kwargs)
            except Exception:
                self.logger.critical("Unexpected failure in %r.", hook.call, exc_info=True)

    def acknowledge(self, message: LedgerMessage) -> None:
        """Call the hooks for the end of a message that Dramatiq's worker did not handle by itself."""
        signal = "nack" if message.failed else "ack"
        self.emit_before(signal, message)
        self.emit_after(signal, message)

    def is_watched(self) -> bool:
        """Tell whether a middleware that is not repeatable hears of each message."""
        names = [f"{moment}_{signal}" for moment in ("before", "after") for signal in _OF_MESSAGES]
        return not all(hook.repeatable for name in names for hook in self._hooks_of(name))

    def _hooks_for(self, name: str, args: Sequence[Any]) -> list[_Hook]:
        message = args[0] if args else None
        if isinstance(message, BatchMessage):
            return []
        hooks = self._hooks_of(name)
        if name in _OF_RUNS and isinstance(message, LedgerMessage) and message.attempt.seen:
            return [hook for hook in hooks if hook.repeatable]
        return hooks

    def _hooks_of(self, name: str) -> list[_Hook]:
        if self._hooked != self.middleware:
            self._hooked, self._hooks = list(self.middleware), {}
        if name not in self._hooks:
            idle = getattr(Middleware, name, None)
            own = [m for m in self.middleware if getattr(type(m), name, idle) is not idle]
            self._hooks[name] = [_Hook(getattr(m, name), _is_repeatable(m)) for m in own]
        return self._hooks[name]


def _is_repeatable(middleware: Middleware) -> bool:
    return type(middleware) in REPEATABLE or getattr(middleware, "repeatable", False)
