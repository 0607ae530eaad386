"""What the tests of the learner's numbers share: folders of their own, and a language model that does as it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import forget
from tests.tasks.providers.language_model import answering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.tasks.providers.openai_server import OpenAIServer


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
    yield from answering(monkeypatch)
