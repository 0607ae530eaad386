"""What the tests of the pipeline share: the samples, folders of their own, and films that take no time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.content.seed import load_samples
from bellwork.db.engine import forget, transaction
from bellwork.tasks import providers
from bellwork.tasks.providers import Film, Narration, ProviderFailure, Script
from tests.tasks.providers.language_model import answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.tasks.providers.openai_server import OpenAIServer


@pytest.fixture
def school(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with the samples in it; returns the folder that holds `storage` and `mail`."""
    del database
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}/storage")
    monkeypatch.setenv("SMTP_URL", f"file://{tmp_path}/mail")
    forget()
    with transaction() as conn:
        load_samples(conn)
    return tmp_path


class Studio:
    """Stands in for the film maker: counts its films, and fails as it is told."""

    def __init__(self) -> None:
        self.films = 0
        self.figures: list[bytes | None] = []
        self.failures: list[ProviderFailure] = []
        self.while_shooting: Callable[[], None] = lambda: None

    def render(self, script: Script, narration: Narration, out_path: Path, figure: bytes | None = None) -> Film:
        """Make a film of four bytes."""
        self.while_shooting()
        if self.failures:
            raise self.failures.pop(0)
        assert len(script.scenes) == len(narration.scenes)
        self.films += 1
        self.figures.append(figure)
        out_path.write_bytes(b"film")
        return Film(narration.duration, 1280, 720, 4)


@pytest.fixture
def studio(school: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A school whose films take no time."""
    del school
    studio = Studio()
    monkeypatch.setattr(providers, "render", studio.render)
    return studio


@pytest.fixture
def model(school: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """A school whose language model is a server that behaves as it is told."""
    del school
    yield from answering(monkeypatch)
