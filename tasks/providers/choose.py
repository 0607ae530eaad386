"""Chooses the adapter of each provider by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.settings import settings
from bellwork.tasks.providers.llm import EmbeddedModel, LanguageModel, OpenAIModel
from bellwork.tasks.providers.mail import Postman, open_mail
from bellwork.tasks.providers.speech import Espeak, OpenAIVoice, Voice
from bellwork.tasks.providers.storage import Storage, open_storage

if TYPE_CHECKING:
    from bellwork.db.settings import Settings


def llm() -> LanguageModel:
    """Return the language model of LLM_BASE_URL, or the embedded one where it is unset."""
    chosen: Settings = settings()
    if not chosen.llm_base_url:
        return EmbeddedModel()
    return OpenAIModel(chosen.llm_base_url, chosen.llm_api_key, chosen.llm_model)


def speech() -> Voice:
    """Return the voice of TTS_BASE_URL, or the embedded one where it is unset."""
    chosen = settings()
    if not chosen.tts_base_url:
        return Espeak()
    return OpenAIVoice(chosen.tts_base_url, chosen.tts_api_key, chosen.tts_model, chosen.tts_voice)


def storage() -> Storage:
    """Return the storage of STORAGE_URL."""
    return open_storage(settings().storage_url)


def mail() -> Postman:
    """Return the postman of SMTP_URL, or a folder where it is unset."""
    chosen = settings()
    return open_mail(chosen.smtp_url, chosen.mail_from, chosen.mail_answer)
