"""Chooses the adapter of each provider by the settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.db.settings import settings
from bellwork.tasks.providers.embeddings import Embedder, HashedWords, OpenAIEmbeddings
from bellwork.tasks.providers.labs import Labs, open_labs
from bellwork.tasks.providers.llm import EmbeddedModel, LanguageModel, OpenAIModel
from bellwork.tasks.providers.mail import Postman, open_mail
from bellwork.tasks.providers.payments import Payments, open_payments
from bellwork.tasks.providers.speech import Espeak, OpenAIVoice, Voice
from bellwork.tasks.providers.storage import Storage, open_storage
from bellwork.tasks.providers.transcripts import OpenAIHearing, Transcriber, Whisper

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


def labs() -> Labs:
    """Return this host's labs as LABS_URL names them, or embedded ones in a folder of its own where it is unset."""
    chosen = settings()
    return open_labs(chosen.labs_url or f"bwrap://{_own_place()}", chosen.labs_host)


def hosts_labs() -> bool:
    """Say whether this host was chosen for labs by LABS_URL, or has made some in the folder of its own."""
    return bool(settings().labs_url) or _own_place().exists()


def _own_place() -> Path:
    """Return where labs are embedded: root's have to be reached by other users."""
    return Path("/var/lib/bellwork/labs") if os.geteuid() == 0 else Path("var/labs").resolve()


def transcripts() -> Transcriber | None:
    """Return the transcriber of TRANSCRIPTS_BASE_URL, else the embedded one; None where its extra is not installed."""
    chosen = settings()
    if chosen.transcripts_base_url:
        return OpenAIHearing(chosen.transcripts_base_url, chosen.transcripts_api_key, chosen.transcripts_model)
    return Whisper() if Whisper.is_installed() else None


def embeddings() -> Embedder:
    """Return the embedder of EMBEDDINGS_BASE_URL, or the embedded one where it is unset."""
    chosen = settings()
    if not chosen.embeddings_base_url:
        return HashedWords()
    return OpenAIEmbeddings(chosen.embeddings_base_url, chosen.embeddings_api_key, chosen.embeddings_model)


def storage() -> Storage:
    """Return the storage of STORAGE_URL."""
    return open_storage(settings().storage_url)


def mail() -> Postman:
    """Return the postman of SMTP_URL, or a folder where it is unset."""
    chosen = settings()
    return open_mail(chosen.smtp_url, chosen.mail_from, chosen.mail_answer)


def payments() -> Payments | None:
    """Return whoever PAYMENTS_URL says is asked about payments; None where it is unset, and nobody knows."""
    chosen = settings()
    return open_payments(chosen.payments_url, chosen.payments_key)
