"""Reads and writes WAV files, trusting no header: what is no plausible speech is a BadAnswer."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from bellwork.tasks.providers.errors import BadAnswer
from bellwork.tasks.providers.speech.protocol import Audio

_PCM, _EXTENSIBLE = 1, 0xFFFE
_BYTES_PER_SAMPLE = 2
_RATES = range(8_000, 48_001)
#: Sizes that streaming servers write where they do not know the length yet.
_UNKNOWN_SIZES = (0, 0xFFFFFFFF, 0x7FFFFFFF)
#: Nobody speaks more characters in a second, and nobody needs more seconds for one.
_FASTEST, _SLOWEST, _GRACE = 60, 1.5, 5.0


@dataclass(frozen=True)
class _Format:
    code: int
    channels: int
    rate: int
    bits: int


def write_wav(samples: bytes, sample_rate: int) -> Audio:
    """Wrap 16-bit mono samples as a WAV file."""
    header = b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVE"
    form = b"fmt " + struct.pack("<IHHIIHH", 16, _PCM, 1, sample_rate, sample_rate * 2, 2, 16)
    wav = header + form + b"data" + struct.pack("<I", len(samples)) + samples
    return Audio(wav, sample_rate, len(samples) / _BYTES_PER_SAMPLE / sample_rate)


def read_wav(answer: bytes, who: str) -> tuple[bytes, int]:
    """Return the 16-bit mono samples of a WAV file and their rate; of two channels the first one is kept."""
    if answer[:4] != b"RIFF" or answer[8:12] != b"WAVE":
        raise BadAnswer(f"{who} answered no WAV file; it begins with {answer[:16]!r}")
    form, samples = _chunks(answer, who)
    if form.code not in {_PCM, _EXTENSIBLE} or form.bits != 8 * _BYTES_PER_SAMPLE or form.channels not in {1, 2}:
        raise BadAnswer(f"{who} answered a WAV file of another kind than 16-bit PCM: {form}")
    if form.rate not in _RATES:
        raise BadAnswer(f"{who} answered {form.rate} samples a second; {_RATES.start} to {_RATES.stop - 1} are usable")
    whole = samples[: len(samples) // (_BYTES_PER_SAMPLE * form.channels) * _BYTES_PER_SAMPLE * form.channels]
    return (whole if form.channels == 1 else _first_channel(whole)), form.rate


def check_plausible(audio: Audio, text: str, who: str) -> Audio:
    """Return the audio if it may be this text, spoken; raises BadAnswer for silence and for absurd lengths."""
    shortest, longest = sum(map(str.isalnum, text)) / _FASTEST, len(text) * _SLOWEST + _GRACE
    if audio.duration <= 0 or not audio.wav[44:].strip(b"\x00"):
        raise BadAnswer(f"{who} answered silence for a text of {len(text)} characters")
    if not shortest <= audio.duration <= longest:
        raise BadAnswer(f"{who} answered {audio.duration:.1f} s of speech for a text of {len(text)} characters")
    return audio


def _chunks(answer: bytes, who: str) -> tuple[_Format, bytes]:
    form: _Format | None = None
    at = 12
    while at + 8 <= len(answer):
        name, size = answer[at : at + 4], int.from_bytes(answer[at + 4 : at + 8], "little")
        body = at + 8
        if name == b"fmt " and body + 16 <= len(answer):
            code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", answer, body)
            form = _Format(code, channels, rate, bits)
        if name == b"data" and form:
            return form, _data(answer, body, size, who)
        at = body + size + size % 2
    raise BadAnswer(f"{who} answered a WAV file without samples")


def _data(answer: bytes, body: int, size: int, who: str) -> bytes:
    if size in _UNKNOWN_SIZES:
        return answer[body:]
    if body + size > len(answer):
        raise BadAnswer(f"{who} answered {len(answer) - body} of {size} bytes of samples")
    return answer[body : body + size]


def _first_channel(samples: bytes) -> bytes:
    stereo = memoryview(samples).cast("h")
    return stereo[::2].tobytes()
