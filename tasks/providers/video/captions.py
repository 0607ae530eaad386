"""Sets captions: sentence by sentence, long ones in parts, each shown while it is spoken."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from bellwork.tasks.providers.text import sentences
from bellwork.tasks.providers.video.quiet import Loudness

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Script
    from bellwork.tasks.providers.speech.protocol import Narration, SceneTime

#: Two lines of 42 characters are what people can read while they watch.
_LINE, _LINES = 42, 2
#: The breath after a sentence, counted in characters of speech.
_BREATH = 6
#: A border moves no further than so many seconds, and never over so large a share of a caption beside it.
_REACH, _SHARE = 0.7, 0.45


@dataclass(frozen=True)
class Caption:
    """A text, and from when to when it is shown, in seconds."""

    start: float
    end: float
    text: str


def caption(script: Script, narration: Narration) -> list[Caption]:
    """Return the captions of a narration, in order and without overlaps."""
    loudness = Loudness(narration.wav)
    return [
        each
        for scene, time in zip(script.scenes, narration.scenes, strict=True)
        for each in _of_scene(scene.narration, time, loudness)
    ]


def _of_scene(text: str, time: SceneTime, loudness: Loudness) -> list[Caption]:
    parts = [part for sentence in sentences(text) for part in _parts(sentence)]
    weights = [len(part) + _BREATH * part.endswith((".", "!", "?", ":")) for part in parts]
    edges = _edges(weights, time, loudness)
    return [Caption(start, end, _wrapped(part)) for part, start, end in zip(parts, edges, edges[1:], strict=False)]


def _edges(weights: list[int], time: SceneTime, loudness: Loudness) -> list[float]:
    """Share the scene's time among its captions, and move each border to the longest pause that is near."""
    whole, length = sum(weights), time.end - time.start
    guesses = [time.start + length * sum(weights[:at]) / whole for at in range(len(weights) + 1)]
    edges = [time.start]
    for before, guess, after in zip(guesses, guesses[1:], guesses[2:], strict=False):
        reach = min(_REACH, _SHARE * (guess - before), _SHARE * (after - guess))
        edges.append(loudness.quietest(guess, reach))
    edges.append(time.end)
    rising = all(one < other for one, other in pairwise(edges))
    return edges if rising else guesses


def _parts(sentence: str) -> list[str]:
    """Cut a sentence that does not fit on the screen, into parts of about equal length."""
    fits = _LINE * _LINES
    count = -(-len(sentence) // fits)
    parts, room = [""], len(sentence) / count
    for word in sentence.split():
        full = len(parts[-1]) + len(word) / 2 > room and len(parts) < count
        if parts[-1] and (full or len(parts[-1]) + 1 + len(word) > fits):
            parts.append(word)
        else:
            parts[-1] = f"{parts[-1]} {word}".strip()
    return parts


def _wrapped(part: str) -> str:
    if len(part) <= _LINE:
        return part
    spaces = [at for at, char in enumerate(part) if char == " "]
    middle = min(spaces, key=lambda at: abs(at - len(part) / 2), default=None)
    return part if middle is None else f"{part[:middle]}\n{part[middle + 1 :]}"
