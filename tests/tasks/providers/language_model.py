"""The language model that work asks, in the place of a server which behaves as a test tells it to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bellwork.db.engine import forget
from bellwork.tasks.providers import choose
from bellwork.tasks.providers.llm import OpenAIModel
from bellwork.tasks.providers.wire import Patience
from tests.tasks.providers.openai_server import OpenAIServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """Let this process ask a local server, which it does not wait long for and tries again at once."""
    server = OpenAIServer()
    at_once = Patience(total=20, each=5, connect=2, sleep=lambda _: None)
    monkeypatch.setattr(choose, "OpenAIModel", partial(OpenAIModel, understanding=at_once, writing=at_once))
    monkeypatch.setenv("LLM_BASE_URL", server.base_url)
    forget()
    yield server
    server.close()
