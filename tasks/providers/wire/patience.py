"""Tries a call again while it is worth it: at most three times, seconds apart, never beyond its total deadline."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import tenacity

from bellwork.tasks.providers.errors import BadAnswer, ProviderError, ScriptRejected

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Patience:
    """How long one call may take, in seconds: in all, per try, to connect; and how it waits between two tries.

    The totals of the adapters stay below the timeouts of the stages that call them (the request pipeline's stage
    table in tasks/content/README.md), so that a call ends by itself before its stage is stopped.
    """

    total: float
    each: float
    connect: float = 3.0
    tries: int = 3
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


def persist(call: Callable[[float], Answer], patience: Patience) -> Answer:
    """Make a call up to `patience.tries` times, 2, 4, … seconds apart (30 at most); `call` is told its own deadline.

    Tried again: ProviderError, BadAnswer, and a rejected script that is not unsafe. ProviderBusy and ProviderRefused
    go straight to the caller: waiting for minutes is the ledger's affair, and asking again would not help.
    """
    end = patience.clock() + patience.total
    for attempt in _attempts(patience, end):
        with attempt:
            return call(max(0.001, min(patience.each, end - patience.clock())))
    raise AssertionError("tenacity ends by an answer or an error")


def _attempts(patience: Patience, end: float) -> tenacity.Retrying:
    def enough(state: tenacity.RetryCallState) -> bool:
        return state.attempt_number >= patience.tries or patience.clock() + state.upcoming_sleep >= end

    return tenacity.Retrying(
        stop=enough,
        wait=tenacity.wait_exponential(multiplier=2, min=2, max=30),
        retry=tenacity.retry_if_exception(_worth_another_try),
        sleep=patience.sleep,
        reraise=True,
    )


def _worth_another_try(error: BaseException) -> bool:
    if isinstance(error, ScriptRejected):
        return not error.unsafe
    return isinstance(error, (ProviderError, BadAnswer))
