"""What speech is: audio as 16-bit mono WAV, and a narration that knows where each scene begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Audio:
    """Speech as a whole WAV file (PCM, 16 bit, mono); `duration` in seconds is counted in samples."""

    wav: bytes
    sample_rate: int
    duration: float


@dataclass(frozen=True)
class SceneTime:
    """From where to where a scene is spoken, in seconds of its narration."""

    start: float
    end: float


@dataclass(frozen=True)
class Narration:
    """A whole script spoken: one WAV file, and the time of each scene, measured in its samples."""

    wav: bytes
    sample_rate: int
    duration: float
    scenes: tuple[SceneTime, ...]


class Voice(Protocol):
    """Speaks text. Raises the errors of tasks/providers/errors.py and no others."""

    def speak(self, text: str) -> Audio:
        """Speak a text of up to a few thousand characters."""
