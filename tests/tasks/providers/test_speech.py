"""The embedded voice and the narration."""

from __future__ import annotations

import io
import sys
import wave
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING

import espeakng_loader
import pytest

from bellwork.tasks.providers.errors import BadAnswer, ProviderError, ProviderRefused
from bellwork.tasks.providers.speech import Audio, Espeak, Narration, narrate
from bellwork.tasks.providers.speech.narration import PAUSE
from bellwork.tasks.providers.speech.wav import write_wav

if TYPE_CHECKING:
    from pathlib import Path

    from bellwork.tasks.providers.llm import Script

TEXT = "Forces come in pairs: whenever one thing pushes another, the other pushes back."


def test_the_embedded_voice_speaks() -> None:
    """A sentence becomes some seconds of mono PCM that the standard library can read."""
    audio = Espeak().speak(TEXT)
    with wave.open(io.BytesIO(audio.wav)) as file:
        facts = (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes())

    assert (1, 2, audio.sample_rate, round(audio.duration * audio.sample_rate)) == facts
    assert 3 < audio.duration < 8


def test_the_same_text_sounds_the_same() -> None:
    """The embedded voice is deterministic."""
    assert Espeak().speak(TEXT) == Espeak().speak(TEXT)


def test_tags_are_spoken_as_nothing() -> None:
    """Markup for speech engines has no effect."""
    tagged = "<speak>Hello<break time='10s'/> <prosody rate='x-slow'>world</prosody></speak>"

    assert Espeak().speak("Hello world") == Espeak().speak(tagged)


@pytest.mark.parametrize(
    "text",
    [
        "\u0422\u0440\u0435\u0442\u0438\u0439 \u0437\u0430\u043a\u043e\u043d",
        "\u7b2c\u4e09\u5b9a\u5f8b",
        "\u0627\u0644\u0633\u0644\u0627\u0645",
        "E = mc\u00b2 \u2264 5 \u2014 \u03c0",
        "a\x00b\x07c",
        "[[h@l'oU]] %s {0} $HOME `ls`",
        "1234567890 " * 40,
    ],
)
def test_odd_text_is_spoken_or_refused(text: str) -> None:
    """Other scripts, signs, control characters and long numbers give sound."""
    assert Espeak().speak(text).duration > 0


@pytest.mark.parametrize("text", ["", "?!", "\u200b", "x" * 1_000_000])
def test_nothing_and_everything_are_refused(text: str) -> None:
    """Without words, or with a million characters, nothing is spoken."""
    with pytest.raises(ProviderRefused):
        Espeak().speak(text)


def test_an_unknown_voice_is_an_error_with_its_name() -> None:
    """The child's reason reaches the caller."""
    with pytest.raises(ProviderError, match="no voice 'klingon-x'"):
        Espeak(voice="klingon-x").speak(TEXT)


def test_a_child_that_hangs_is_ended() -> None:
    """After its seconds the process is killed."""
    with pytest.raises(ProviderError, match="did not finish"):
        Espeak(seconds=0.0001).speak(TEXT)


def test_a_long_path_to_the_data_is_shortened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """espeak-ng does not start with a data path of more than about 160 bytes; ours does."""
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    data = deep / "espeak-ng-data"
    data.symlink_to(espeakng_loader.get_data_path(), target_is_directory=True)
    loader = ModuleType("espeakng_loader")
    loader.get_data_path = lambda: str(data)  # type: ignore[attr-defined]
    loader.get_library_path = espeakng_loader.get_library_path  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "espeakng_loader", loader)

    assert Espeak().speak(TEXT).duration > 3


def test_a_narration_knows_where_its_scenes_are(lesson: Script, narration: Narration) -> None:
    """Scenes follow each other with a pause of 0.4 s, and the last one ends the narration."""
    times = narration.scenes

    assert len(lesson.scenes) == len(times)
    assert 0.0 == times[0].start
    assert narration.duration == times[-1].end
    assert all(after.start - before.end == pytest.approx(PAUSE, abs=0.001) for before, after in pairwise(times))


def test_scene_times_are_measured_in_the_audio(lesson: Script, narration: Narration) -> None:
    """What lies between a scene's start and end is exactly that scene, spoken."""
    alone = Espeak().speak(lesson.scenes[2].narration)
    time = narration.scenes[2]
    samples = narration.wav[44:]
    first = round(time.start * narration.sample_rate) * 2

    assert alone.wav[44:] == samples[first : first + len(alone.wav) - 44]


def test_the_estimate_is_near_the_truth(lesson: Script, narration: Narration) -> None:
    """150 words a minute is what the embedded voice really speaks, give or take a tenth."""
    assert lesson.seconds == pytest.approx(narration.duration, rel=0.1)


def test_a_scene_that_fails_fails_the_narration(lesson: Script) -> None:
    """There is no narration with a hole in it."""

    class Failing:
        def speak(self, text: str) -> Audio:
            if text == lesson.scenes[3].narration:
                raise ProviderError("gone")
            return write_wav(b"\x01\x00" * 8_000, 8_000)

    with pytest.raises(ProviderError, match="gone"):
        narrate(lesson, Failing())


def test_a_voice_that_changes_its_rate_is_refused(lesson: Script) -> None:
    """Scenes of different sample rates cannot be joined."""

    class Fickle:
        def speak(self, text: str) -> Audio:
            rate = 8_000 if text == lesson.scenes[0].narration else 16_000
            return write_wav(b"\x01\x00" * rate, rate)

    with pytest.raises(BadAnswer, match="sample rate"):
        narrate(lesson, Fickle())
