"""The demo's settings: its own of everything; what the user's environment or `.env` sets for it is left alone."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bellwork.db.engine import forget

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Until the servers stand: settings can be read, and nothing can be reached.
_NOWHERE = {"DATABASE_URL": "postgresql://nowhere.invalid/none", "REDIS_URL": "redis://nowhere.invalid"}
_UNSET = (
    "BELLWORK_SCHEMAS",
    "SCHEMAS",
    "BELLWORK_WORK_MODULES",
    "WORK_MODULES",
    "LLM_BASE_URL",
    "LLM_API_KEY",
    "TTS_API_KEY",
    "TRANSCRIPTS_BASE_URL",
    "TRANSCRIPTS_API_KEY",
    "EMBEDDINGS_BASE_URL",
    "EMBEDDINGS_API_KEY",
    "CERTIFICATES_FONTS",
    "LABS_HOST",
    "LABS_IDLE",
    "LABS_KEY",
    "LABS_TERMINAL_URL",
    "PAYMENTS_URL",
)


@contextmanager
def own_settings() -> Iterator[None]:
    """Let nothing count that the user set for other servers, for as long as the block lasts."""
    with surroundings({**_NOWHERE, **dict.fromkeys(_UNSET, "")}):
        yield


@contextmanager
def surroundings(ours: Mapping[str, str]) -> Iterator[None]:
    """Let these variables be set for as long as the block lasts; what was made from others is dropped."""
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    forget()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
        forget()
