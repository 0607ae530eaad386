"""Speaks a whole script: its scenes one after the other, with a breath between them, and measured times."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import BadAnswer
from bellwork.tasks.providers.speech.protocol import Narration, SceneTime
from bellwork.tasks.providers.speech.wav import read_wav, write_wav

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Script
    from bellwork.tasks.providers.speech.protocol import Audio, Voice

#: Seconds of silence between two scenes.
PAUSE = 0.4
_SIDE_BY_SIDE = 4
_BYTES_PER_SAMPLE = 2


def narrate(script: Script, voice: Voice) -> Narration:
    """Speak each scene, four at a time, and join them; the first scene that fails fails the narration."""
    spoken = _speak(script, voice)
    rate = spoken[0].sample_rate
    if any(audio.sample_rate != rate for audio in spoken):
        raise BadAnswer(f"the voice changed its sample rate: {sorted({audio.sample_rate for audio in spoken})}")
    pause = bytes(int(PAUSE * rate) * _BYTES_PER_SAMPLE)
    joined, times = bytearray(), []
    for audio in spoken:
        joined += pause if joined else b""
        start = len(joined)
        joined += read_wav(audio.wav, "the voice")[0]
        times.append(SceneTime(_seconds(start, rate), _seconds(len(joined), rate)))
    whole = write_wav(bytes(joined), rate)
    return Narration(whole.wav, rate, whole.duration, tuple(times))


def _speak(script: Script, voice: Voice) -> list[Audio]:
    pool = ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="voice")
    try:
        # Each thread knows the turn that this one holds: its calls are those of the turn's budget.
        scenes = [(copy_context(), scene.narration) for scene in script.scenes]
        return list(pool.map(lambda scene: scene[0].run(voice.speak, scene[1]), scenes))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _seconds(size: int, rate: int) -> float:
    return size / _BYTES_PER_SAMPLE / rate
