"""The door: settings choose the adapters, and a missing extra says its name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bellwork.db.settings import settings
from bellwork.tasks import providers
from bellwork.tasks.providers.errors import MissingExtra, ProviderFailure
from bellwork.tasks.providers.llm import EmbeddedModel, OpenAIModel, Script
from bellwork.tasks.providers.mail import Drop, Smtp
from bellwork.tasks.providers.speech import Espeak, Narration, OpenAIVoice
from bellwork.tasks.providers.transcripts import OpenAIHearing, Whisper

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLES = ("LLM_BASE_URL", "TTS_BASE_URL", "TRANSCRIPTS_BASE_URL", "STORAGE_URL", "SMTP_URL")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Settings of this test alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@localhost/nothing")
    monkeypatch.setenv("REDIS_URL", "redis://localhost:1/0")
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_without_settings_everything_works_offline(tmp_path: Path) -> None:
    """Unset means embedded."""
    assert isinstance(providers.llm(), EmbeddedModel)
    assert isinstance(providers.speech(), Espeak)
    assert isinstance(providers.mail(), Drop)
    assert isinstance(providers.transcripts(), Whisper if Whisper.is_installed() else type(None))
    assert f"file://{tmp_path}/var/storage/a" == providers.storage().url("a")


def test_settings_choose_the_production_adapters(monkeypatch: pytest.MonkeyPatch) -> None:
    """A base URL or a server is all it takes."""
    monkeypatch.setenv("LLM_BASE_URL", "http://localhost:1/v1")
    monkeypatch.setenv("TTS_BASE_URL", "http://localhost:1/v1")
    monkeypatch.setenv("TRANSCRIPTS_BASE_URL", "http://localhost:1/v1")
    monkeypatch.setenv("SMTP_URL", "smtps://mail.example")
    monkeypatch.setenv("STORAGE_URL", "s3://bucket/prefix")
    settings.cache_clear()

    assert isinstance(providers.llm(), OpenAIModel)
    assert isinstance(providers.speech(), OpenAIVoice)
    assert isinstance(providers.transcripts(), OpenAIHearing)
    assert isinstance(providers.mail(), Smtp)
    assert "s3://bucket/prefix/a" == providers.storage().url("a")


def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, lesson: Script, narration: Narration, tmp_path: Path
) -> None:
    """Without its packages an adapter says in one line what to install."""
    for module in ("av", "espeakng_loader", "openai"):
        monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(MissingExtra, match=r"'\.\[media\]'"):
        providers.render(lesson, narration, tmp_path / "x.mp4")
    with pytest.raises(MissingExtra, match=r"'\.\[media\]'"):
        Espeak().speak("hello")
    with pytest.raises(MissingExtra, match=r"'\.\[llm\]'"):
        OpenAIModel("http://localhost:1/v1", None, "m").understand("hello", [], [])


def test_the_door_opens_without_any_extra() -> None:
    """Importing the providers loads neither openai nor av, Pillow or espeak-ng."""
    check = "import sys, bellwork.tasks.providers; print({'openai', 'av', 'PIL', 'espeakng_loader'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True, cwd=ROOT)

    assert "set()" == done.stdout.strip()


def test_every_error_is_a_provider_failure() -> None:
    """One tree: whoever catches its root catches all."""
    names = [getattr(providers, name) for name in providers.__all__]
    errors = [each for each in names if isinstance(each, type) and issubclass(each, Exception)]

    assert 12 < len(errors)
    assert all(issubclass(each, ProviderFailure) for each in errors)


ROOT = Path(__file__).resolve().parents[3]
