"""What a provider's day has cost is what its answers tell, over the line and by whichever thread."""

from __future__ import annotations

import json
from contextvars import copy_context
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.budgeted import list_budgets
from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.ledger import ChangedBy, budgets
from bellwork.db.settings import settings
from bellwork.tasks.providers import turn
from bellwork.tasks.providers.errors import ProviderBusy
from bellwork.tasks.providers.llm.openai_answers import usage_of
from bellwork.tasks.providers.speech import OpenAIVoice
from bellwork.workers import Snooze
from tests.tasks.providers import openai_server as says
from tests.tasks.providers.test_openai_model import THIRD_LAW
from tests.tasks.providers.test_openai_voice import TEXT, tone, wav

if TYPE_CHECKING:
    from bellwork.tasks.providers.wire import Patience
    from tests.tasks.providers.conftest import Ask
    from tests.tasks.providers.openai_server import Behaviour, OpenAIServer

pytestmark = pytest.mark.usefixtures("database", "outside")
CHAT = {"id": "x", "object": "chat.completion", "created": 1, "model": "m"}


@pytest.fixture
def outside(database: str, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that name servers outside; what is embedded costs nothing."""
    del database
    monkeypatch.setenv("LLM_BASE_URL", server.base_url)
    monkeypatch.setenv("TTS_BASE_URL", server.base_url)
    settings.cache_clear()


def told(usage: dict[str, Any], content: Any = THIRD_LAW) -> Behaviour:
    """Answer as a chat model does that says what it cost."""
    message = {"role": "assistant", "content": json.dumps(content), "refusal": None}
    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
    return says.status(200, {**CHAT, "choices": choices, "usage": usage})


def put(provider: str, **units: Any) -> None:
    """Set a budget."""
    with transaction() as conn:
        budgets.set_budget(conn, provider, ChangedBy("ann", "a test"), units)


def spent(provider: str) -> tuple[int, int, float]:
    """Return calls, tokens and money of today."""
    with transaction() as conn:
        [found] = [each for each in list_budgets(psycopg_of(conn)) if each.provider == provider]
    return found.spent_calls, found.spent_tokens, float(found.spent_money)


def test_a_model_costs_what_its_answers_say(ask: Ask, server: OpenAIServer) -> None:
    """Each try is a call: an answer that is rubbish has cost its tokens, too, and a server's own price counts."""
    put("llm", price_input=1, price_output=4)
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 500_000}
    server.behave(told(usage, {"outcome": "?"}), told({"prompt_tokens": 7, "completion_tokens": 3, "cost": 0.5}))
    with turn("llm"):
        ask("newton 3")

    assert (2, 1_500_010, 3.5) == spent("llm")


def test_what_is_refused_costs_a_call_and_no_tokens(ask: Ask, server: OpenAIServer) -> None:
    """And what does not say what it cost keeps its estimate."""
    put("llm", call_tokens=100, price_output=1)
    server.behave(says.busy("3"), says.answer(THIRD_LAW))
    with pytest.raises(ProviderBusy), turn("llm"):
        ask("newton 3")
    refused = spent("llm")
    with turn("llm"):
        ask("newton 3")

    assert [(1, 0, 0.0), (2, 100, 0.0001)] == [refused, spent("llm")]


def test_a_voice_costs_its_characters(server: OpenAIServer, patience: Patience) -> None:
    """Of a turn for three scenes two are spoken, by threads: one is given back; a fourth try finds nothing left."""
    put("tts", calls=3, price_input=15)
    server.behave(says.raw(wav(tone(2)), "audio/wav"))
    voice = OpenAIVoice(server.base_url, "test-key", "test-tts", "alloy", patience=patience)
    with turn("tts", calls=3):
        threads = [Thread(target=copy_context().run, args=(voice.speak, TEXT)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with pytest.raises(Snooze, match="today's budget of 'tts' is spent"), turn("tts", calls=2):
        pytest.fail("there was no room for two")

    assert (2, 2 * len(TEXT), 2 * len(TEXT) * 15 / 1_000_000) == spent("tts")


@pytest.mark.parametrize(
    "usage",
    [{"prompt_tokens": -1}, {"prompt_tokens": 10**12}, {"prompt_tokens": "many"}, {"cost": float("inf")}, [], None, 7],
)
def test_what_is_no_count_is_no_cost(usage: Any) -> None:
    """Then the estimate stands."""
    assert usage_of(json.dumps({**CHAT, "usage": usage})) is None
    assert usage_of("[") is None
