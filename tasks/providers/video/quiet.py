"""Finds the quiet spots of a narration, so that captions change where the voice takes a breath."""

from __future__ import annotations

from array import array

from bellwork.tasks.providers.speech.wav import read_wav

_WINDOW = 0.02
#: Every eighth sample tells loud from quiet as well as all of them.
_STRIDE = 8


class Loudness:
    """The loudness of a WAV file in windows of 20 ms."""

    def __init__(self, wav: bytes) -> None:
        samples, rate = read_wav(wav, "the narration")
        wave = array("h", samples)
        size = max(int(rate * _WINDOW), _STRIDE)
        self._seconds = size / rate
        self._levels = [_peak(wave[at : at + size : _STRIDE]) for at in range(0, len(wave), size)]

    def quietest(self, around: float, reach: float) -> float:
        """Return the middle of the longest quiet stretch within `reach` seconds of a time; the time itself if none."""
        first = max(0, int((around - reach) / self._seconds))
        last = min(len(self._levels), int((around + reach) / self._seconds) + 1)
        nearby = self._levels[first:last]
        if not nearby:
            return around
        start, length = _longest_run(nearby, 0.12 * max(nearby))
        return (first + start + length / 2) * self._seconds if length > 1 else around


def _peak(window: array[int]) -> int:
    return max(abs(sample) for sample in window) if window else 0


def _longest_run(levels: list[int], below: float) -> tuple[int, int]:
    best = (0, 0)
    start = 0
    for at, level in enumerate([*levels, 1 << 20]):
        if level > below:
            best = max(best, (start, at - start), key=lambda run: run[1])
            start = at + 1
    return best
