"""What a transcript is made of, and what whoever hears it promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bellwork.tasks.providers.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: Characters of a cue.
LONGEST = 1_000


@dataclass(frozen=True)
class Cue:
    """A text, and from when to when it is said, in seconds."""

    start: float
    end: float
    text: str


class Transcriber(Protocol):
    """Hears speech. Raises the errors of tasks/providers/errors.py and no others."""

    #: How many seconds of sound it is given at most at a time.
    piece: int

    def hears(self, language: str) -> bool:
        """Say whether it understands a language, by its code of ISO 639-1, as in `en` or `pt-BR`."""

    def transcribe(self, wav: Path) -> list[Cue]:
        """Return what is said in a WAV file (16 kHz, mono, 16 bit), in order; nothing where nobody speaks."""


def in_order(cues: Iterable[Cue], seconds: float) -> list[Cue]:
    """Return those of the cues that say something, as plain text, in order and within so many seconds of sound."""
    kept = []
    for cue in sorted(cues, key=lambda each: each.start):
        start, end = max(0.0, cue.start), min(seconds, cue.end)
        text = plain(cue.text, LONGEST)
        if text and end > start:
            kept.append(Cue(start, end, text))
    return kept
