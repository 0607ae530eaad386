"""A job's turn at a provider: within the limits that the settings set for the fleet, and while it is not failing."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Literal, get_args

from bellwork.db.settings import settings
from bellwork.tasks.providers.errors import ProviderBusy, ProviderError
from bellwork.workers import budget, limits
from bellwork.workers.circuit import circuit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

Provider = Literal["llm", "tts", "transcripts", "embeddings"]
PROVIDERS: tuple[str, ...] = get_args(Provider)


@contextmanager
def turn(provider: Provider, calls: int = 1) -> Iterator[None]:
    """Hold a turn at a provider for a piece of work of so many `calls`; its own second tries are not counted.

    One of LLM_CONCURRENCY (TTS_…, TRANSCRIPTS_…, EMBEDDINGS_…) is held from beginning to end; the calls are taken from
    LLM_PER_MINUTE and its like at once, so that nothing paid for is broken off in the middle. Raises
    bellwork.workers.Snooze where there is no turn, where the provider did nothing but fail lately, or where today's
    budget has too little left: the job comes back, and burns no retry. A provider that says it is busy gets half as
    many at once, and one more every ten seconds. What the calls really cost is settled by the adapters; embedded ones
    cost nothing.
    """
    at_once, per_minute = _limits(provider)
    held = limits.turn(provider, at_once=at_once, per_minute=per_minute, calls=calls, busy=ProviderBusy)
    with circuit(provider, ProviderError), held, _budget(provider, calls):
        yield


def _budget(provider: Provider, calls: int) -> AbstractContextManager[None]:
    chosen = settings()
    is_outside = {
        "llm": chosen.llm_base_url,
        "tts": chosen.tts_base_url,
        "transcripts": chosen.transcripts_base_url,
        "embeddings": chosen.embeddings_base_url,
    }[provider]
    return budget.reserved(provider, calls) if is_outside else nullcontext()


def _limits(provider: Provider) -> tuple[int | None, int | None]:
    chosen = settings()
    return {
        "llm": (chosen.llm_concurrency, chosen.llm_per_minute),
        "tts": (chosen.tts_concurrency, chosen.tts_per_minute),
        "transcripts": (chosen.transcripts_concurrency, chosen.transcripts_per_minute),
        "embeddings": (chosen.embeddings_concurrency, chosen.embeddings_per_minute),
    }[provider]
