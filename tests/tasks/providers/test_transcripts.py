"""Transcribers: a server that misbehaves, and the one from a wheel where it is installed."""

from __future__ import annotations

import re
import wave
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.providers.errors import BadAnswer, ProviderBusy, ProviderError, ProviderRefused
from bellwork.tasks.providers.speech import Espeak
from bellwork.tasks.providers.transcripts import Cue, OpenAIHearing, Whisper, write_vtt
from tests.tasks.providers import openai_server as says

if TYPE_CHECKING:
    from pathlib import Path

    from bellwork.tasks.providers.wire import Patience
    from tests.tasks.providers.openai_server import Behaviour

SAID = "Every push has a partner."
SPOKEN = (
    "The force depends on both masses, and it falls with the square of the distance. If you double the distance, only a"
    " quarter of the force is left."
)
SEGMENTS = [
    {"start": 2.0, "end": 9.0, "text": " <b>It</b> pushes back."},
    {"start": 0.0, "end": 2.0, "text": f" {SAID}"},
]


@pytest.fixture
def hearing(server: says.OpenAIServer, patience: Patience) -> OpenAIHearing:
    """The adapter, pointed at the local server."""
    return OpenAIHearing(server.base_url, "test-key", "whisper-1", patience=patience)


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """Four seconds of silence."""
    path = tmp_path / "speech.wav"
    with closing(wave.open(str(path), "wb")) as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(4 * 2 * 16_000))
    return path


def test_cues_in_order(server: says.OpenAIServer, hearing: OpenAIHearing, wav: Path) -> None:
    """What is said comes as plain text, in order, and no later than the sound; the file and the model are sent."""
    server.behave(says.status(200, {"text": "…", "segments": SEGMENTS}))
    assert hearing.transcribe(wav) == [Cue(0.0, 2.0, SAID), Cue(2.0, 4.0, "It pushes back.")]
    request = server.requests[0]
    assert request.path == "/v1/audio/transcriptions"
    assert request.headers["authorization"] == "Bearer test-key"
    assert wav.read_bytes() in request.body
    assert b'name="response_format"\r\n\r\nverbose_json' in request.body


def test_a_model_that_knows_no_times(server: says.OpenAIServer, hearing: OpenAIHearing, wav: Path) -> None:
    """Text without segments is one cue of the whole piece; nothing said is no cue."""
    server.behave(says.status(200, {"text": SAID}), says.status(200, {"text": " "}))
    assert hearing.transcribe(wav) == [Cue(0.0, 4.0, SAID)]
    assert hearing.transcribe(wav) == []


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (says.busy("7"), ProviderBusy),
        (says.status(401, {}), ProviderRefused),
        (says.status(500, {}), ProviderError),
        (says.hang_up, ProviderError),
        (says.raw(b"<html>Sign in</html>", "text/html"), BadAnswer),
        (says.status(200, {"text": "x", "segments": [{"start": -1, "end": 2, "text": "x"}]}), BadAnswer),
        (says.Huge(), BadAnswer),
    ],
    ids=["busy", "refused", "fault", "hangs up", "a page", "impossible times", "200 MB"],
)
def test_what_is_no_transcript(
    server: says.OpenAIServer, hearing: OpenAIHearing, wav: Path, behaviour: Behaviour, error: type[Exception]
) -> None:
    """Each fault is one of the tree."""
    server.behave(behaviour)
    with pytest.raises(error):
        hearing.transcribe(wav)


def test_captions_for_a_player() -> None:
    """Times have hours and milliseconds; markup and arrows are text, and no empty line ends a cue."""
    written = write_vtt([Cue(0.0, 1.9996, "a --> b & <c>"), Cue(3_725.5, 3_726.0, "two\n \r\n\nlines")])
    assert written == (
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n"
        "00:00:00.000 --> 00:00:02.000\na --&gt; b &amp; &lt;c&gt;\n\n"
        "01:02:05.500 --> 01:02:06.000\ntwo\nlines\n"
    )


@pytest.mark.skipif(not Whisper.is_installed(), reason="the extra `transcripts` is not installed")
def test_the_embedded_transcriber_hears(tmp_path: Path) -> None:
    """What espeak-ng says is understood, most of it; German is not asked of it."""
    audio = Espeak().speak(SPOKEN)
    path = tmp_path / "speech.wav"
    path.write_bytes(audio.wav)
    heard = re.findall(r"[a-z]+", " ".join(cue.text for cue in Whisper().transcribe(path)).casefold())
    said = re.findall(r"[a-z]+", SPOKEN.casefold())
    assert sum(word in heard for word in said) >= 0.8 * len(said)
    assert Whisper().hears("en-GB")
    assert not Whisper().hears("de")


@pytest.mark.skipif(not Whisper.is_installed(), reason="the extra `transcripts` is not installed")
def test_the_embedded_transcriber_fails(wav: Path) -> None:
    """Silence has no words; a time that is over is a fault."""
    assert Whisper().transcribe(wav) == []
    with pytest.raises(ProviderError, match="did not finish"):
        Whisper(seconds=0.05).transcribe(wav)
