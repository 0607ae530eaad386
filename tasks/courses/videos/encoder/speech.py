"""Writes a piece of the sound for whoever transcribes it: WAV, 16 kHz, mono."""

from __future__ import annotations

import wave
from contextlib import closing
from typing import TYPE_CHECKING

import av

from bellwork.tasks.courses.videos.encoder.sound import Form, heard

if TYPE_CHECKING:
    from av.container import InputContainer

    from bellwork.tasks.courses.videos.encoder.facts import Source

#: What recognisers are trained on.
HERTZ = 16_000


def write_speech(container: InputContainer, path: str, source: Source, start: int, seconds: int) -> float:
    """Write up to so many seconds of sound from a second of the film on; returns how many there were."""
    if start:
        container.seek(int((start + source.origin) * av.time_base))
    left = seconds * HERTZ
    with closing(wave.open(path, "wb")) as file:
        file.setparams((1, 2, HERTZ, 0, "NONE", ""))
        for frame in heard(container, source, Form("s16", "mono", HERTZ, HERTZ), start * HERTZ):
            count = min(frame.samples, left)
            file.writeframesraw(bytes(frame.planes[0])[: 2 * count])
            left -= count
            if not left:
                break
    return seconds - left / HERTZ
