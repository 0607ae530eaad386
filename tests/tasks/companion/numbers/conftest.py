"""What the tests of the learner's numbers share: folders of their own, and a language model that does as it is told."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import forget
from bellwork.tasks.providers import choose
from bellwork.tasks.providers.llm import OpenAIModel
from bellwork.tasks.providers.wire import Patience
from tests.tasks.providers.openai_server import OpenAIServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def place(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database and the folder that holds `storage` and `mail`."""
    del database
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}/storage")
    monkeypatch.setenv("SMTP_URL", f"file://{tmp_path}/mail")
    forget()
    return tmp_path


@pytest.fixture
def model(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """A database whose language model is a server that behaves as it is told."""
    del place
    server = OpenAIServer()
    at_once = Patience(total=20, each=5, connect=2, sleep=lambda _: None)
    monkeypatch.setattr(choose, "OpenAIModel", partial(OpenAIModel, understanding=at_once, writing=at_once))
    monkeypatch.setenv("LLM_BASE_URL", server.base_url)
    forget()
    yield server
    server.close()
