"""The voice over HTTP, against a server that misbehaves."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.providers.errors import BadAnswer, ProviderBusy, ProviderError, ProviderRefused
from bellwork.tasks.providers.speech import OpenAIVoice
from bellwork.tasks.providers.speech.wav import write_wav
from tests.tasks.providers import openai_server as says

if TYPE_CHECKING:
    from bellwork.tasks.providers.wire import Patience
    from tests.tasks.providers.openai_server import Behaviour, OpenAIServer

TEXT = "Every push has a partner."
RATE = 24_000


@pytest.fixture
def voice(server: OpenAIServer, patience: Patience) -> OpenAIVoice:
    """The adapter, pointed at the local server."""
    return OpenAIVoice(server.base_url, "test-key", "test-tts", "alloy", patience=patience)


def tone(seconds: float, rate: int = RATE) -> bytes:
    """Return samples that are not silent."""
    return struct.pack("<4h", 0, 9_000, 0, -9_000) * int(seconds * rate / 4)


def wav(samples: bytes, *, size: int | None = None, kind: tuple[int, int, int, int] = (1, 1, RATE, 16)) -> bytes:
    """Return a WAV file, as right or wrong as asked; its kind is code, channels, rate and bits."""
    code, channels, rate, bits = kind
    form = struct.pack("<IHHIIHH", 16, code, channels, rate, rate * 2 * channels, 2 * channels, bits)
    extra = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    data = b"data" + struct.pack("<I", len(samples) if size is None else size) + samples
    return b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + b"WAVE" + b"fmt " + form + extra + data


RUBBISH = {
    "nothing": says.empty,
    "a sign-in page": says.raw(b"<html>Sign in</html>", "text/html"),
    "a document": says.raw(b'{"error": null}'),
    "another format": says.raw(b"ID3\x04mp3 mp3 mp3", "audio/mpeg"),
    "a file without chunks": says.raw(b"RIFF\xff\xff\xff\xffWAVE", "audio/wav"),
    "a file without samples": says.raw(wav(b""), "audio/wav"),
    "silence": says.raw(wav(bytes(96_000)), "audio/wav"),
    "far too short": says.raw(wav(tone(0.01)), "audio/wav"),
    "far too long": says.raw(wav(tone(120)), "audio/wav"),
    "half a file": says.raw(wav(tone(2), size=10_000_000), "audio/wav"),
    "floating point": says.raw(wav(tone(2), kind=(3, 1, RATE, 32)), "audio/wav"),
    "eight bits": says.raw(wav(tone(2), kind=(7, 1, RATE, 8)), "audio/wav"),
    "six channels": says.raw(wav(tone(2), kind=(1, 6, RATE, 16)), "audio/wav"),
    "no rate": says.raw(wav(tone(2), kind=(1, 1, 0, 16)), "audio/wav"),
    "an absurd rate": says.raw(wav(tone(2), kind=(1, 1, 1_000_000_000, 16)), "audio/wav"),
}


def test_speech_is_measured_in_samples(voice: OpenAIVoice, server: OpenAIServer) -> None:
    """Two seconds of samples are two seconds of audio, in a WAV file with a proper header."""
    server.behave(says.raw(wav(tone(2)), "audio/wav"))
    audio = voice.speak(TEXT)

    assert (2.0, RATE) == (audio.duration, audio.sample_rate)
    assert write_wav(tone(2), RATE).wav == audio.wav


def test_the_order_names_voice_model_and_format(voice: OpenAIVoice, server: OpenAIServer) -> None:
    """The call is the one that OpenAI-compatible servers take, with the text cleaned."""
    server.behave(says.raw(wav(tone(2)), "audio/wav"))
    voice.speak("<b>Every</b> push\u200b has a partner.")
    request = server.requests[0]

    assert "/v1/audio/speech" == request.path
    assert {
        "model": "test-tts",
        "voice": "alloy",
        "input": "Every push has a partner.",
        "response_format": "wav",
    } == request.body


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0])
def test_a_streamed_file_does_not_know_its_size(voice: OpenAIVoice, server: OpenAIServer, size: int) -> None:
    """Where the header's size is a placeholder, the samples that came count."""
    server.behave(says.raw(wav(tone(2), size=size), "audio/wav"))

    assert 2.0 == voice.speak(TEXT).duration


def test_of_two_channels_one_is_kept(voice: OpenAIVoice, server: OpenAIServer) -> None:
    """Stereo becomes mono."""
    stereo = b"".join(sample * 2 for sample in (tone(2)[at : at + 2] for at in range(0, len(tone(2)), 2)))
    server.behave(says.raw(wav(stereo, kind=(1, 2, RATE, 16)), "audio/wav"))

    assert write_wav(tone(2), RATE) == voice.speak(TEXT)


@pytest.mark.parametrize("behaviour", RUBBISH.values(), ids=RUBBISH)
def test_what_cannot_be_this_text_spoken_is_a_bad_answer(
    voice: OpenAIVoice, server: OpenAIServer, behaviour: Behaviour
) -> None:
    """Other formats, silence, half files and absurd lengths are refused."""
    server.behave(behaviour)

    with pytest.raises(BadAnswer):
        voice.speak(TEXT)


def test_200_megabytes_are_cut_off(server: OpenAIServer, patience: Patience) -> None:
    """Reading stops soon after 64 MB."""
    huge = says.Huge("audio/wav")
    server.behave(huge)
    once = OpenAIVoice(server.base_url, None, "m", "v", patience=replace(patience, tries=1, each=30))

    with pytest.raises(BadAnswer, match="more than 67108864 bytes"):
        once.speak(TEXT)
    assert huge.stopped.wait(30)
    assert huge.taken < 150 * (1 << 20)


@pytest.mark.parametrize(
    ("behaviour", "error", "requests"),
    [
        pytest.param(says.busy("9"), ProviderBusy, 1, id="429"),
        pytest.param(says.status(400, {"error": "policy"}), ProviderRefused, 1, id="400"),
        pytest.param(says.status(401, {}), ProviderRefused, 1, id="401"),
        pytest.param(says.status(500, {}), ProviderError, 3, id="500"),
        pytest.param(says.hang_up, ProviderError, 3, id="no answer"),
    ],
)
def test_errors_mean_what_they_mean_everywhere(
    voice: OpenAIVoice, server: OpenAIServer, behaviour: Behaviour, error: type[Exception], requests: int
) -> None:
    """Busy and refused are asked once, faults three times."""
    server.behave(behaviour)

    with pytest.raises(error):
        voice.speak(TEXT)
    assert requests == len(server.requests)


@pytest.mark.parametrize("behaviour", [says.stall, says.drip])
def test_a_slow_server_meets_the_deadline(server: OpenAIServer, patience: Patience, behaviour: Behaviour) -> None:
    """A call ends after the seconds of its try."""
    voice = OpenAIVoice(server.base_url, None, "m", "v", patience=replace(patience, each=0.3, tries=1))
    server.behave(behaviour)

    with pytest.raises(ProviderError, match=r"did not answer within 0\.3 s"):
        voice.speak(TEXT)


@pytest.mark.parametrize("text", ["", "...", "\u200b\u202e", "<break time='10s'/>", "x" * 1_000_000])
def test_nothing_and_everything_are_not_spoken(voice: OpenAIVoice, server: OpenAIServer, text: str) -> None:
    """Text without words, and a megabyte of it, are refused before anybody is paid."""
    with pytest.raises(ProviderRefused):
        voice.speak(text)
    assert [] == server.requests
