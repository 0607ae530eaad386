"""A job's turn at a provider: within the limits that the settings set for the fleet, and while it is not failing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from bellwork.db.settings import settings
from bellwork.tasks.providers.errors import ProviderBusy, ProviderError
from bellwork.workers import limits
from bellwork.workers.circuit import circuit

if TYPE_CHECKING:
    from collections.abc import Iterator

Provider = Literal["llm", "tts"]


@contextmanager
def turn(provider: Provider, calls: int = 1) -> Iterator[None]:
    """Hold a turn at a provider for a piece of work of so many `calls`; its own second tries are not counted.

    One of LLM_CONCURRENCY (TTS_CONCURRENCY) is held from beginning to end; the calls are taken from LLM_PER_MINUTE
    (TTS_PER_MINUTE) at once, so that nothing paid for is broken off in the middle. Raises bellwork.workers.Snooze where
    there is no turn, or where the provider did nothing but fail lately: the job comes back, and burns no retry. A
    provider that says it is busy gets half as many at once, and one more every ten seconds.
    """
    at_once, per_minute = _limits(provider)
    held = limits.turn(provider, at_once=at_once, per_minute=per_minute, calls=calls, busy=ProviderBusy)
    with circuit(provider, ProviderError), held:
        yield


def _limits(provider: Provider) -> tuple[int | None, int | None]:
    chosen = settings()
    if provider == "llm":
        return chosen.llm_concurrency, chosen.llm_per_minute
    return chosen.tts_concurrency, chosen.tts_per_minute
