"""What the encoder knows of a film, and the numbers of a ladder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

#: Seconds of a stretch, which is a job for all rungs, and of a segment, which a player loads: whole segments.
PART, SEGMENT = 20, 4
#: A longer film is refused: 12 hours.
LONGEST = 12 * 3600
#: Pixels of a side. 8K has 7,680; decoders of a film of 16,384 take gigabytes for the pictures that they refer to.
LARGEST = 8_192
#: Bits a second of the sound.
SOUND_BITS = 128_000


@dataclass(frozen=True)
class Rung:
    """A rung: its label, the lines of its picture, and the most bits a second of any stretch."""

    label: str
    lines: int
    most_bits: int


#: The document's qualities (learncraft.md, video_qualities). Bits: Apple's HLS Authoring Specification, H.264 at
#: 30 frames a second, which ends at 1080p; the last figure is ours.
RUNGS = (
    Rung("360p", 360, 730_000),
    Rung("720p", 720, 4_500_000),
    Rung("1080p", 1080, 7_800_000),
    Rung("4k", 2160, 16_000_000),
)


@dataclass(frozen=True)
class Source:
    """A film as it is seen: pixels upright and square, seconds from its first picture to the end of picture and sound.

    `origin` is the time stamp of the first picture in the file, in seconds; `rate` its pictures a second.
    """

    width: int
    height: int
    seconds: Fraction
    origin: Fraction
    rate: Fraction
    has_sound: bool
    has_captions: bool

    def as_json(self) -> dict[str, Any]:
        """Return the same in what JSON has; fractions as texts, so that nothing is rounded."""
        return {name: str(value) if isinstance(value, Fraction) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Source:
        """Read what `as_json` wrote."""
        exact: dict[str, Any] = {name: Fraction(v) if isinstance(v, str) else v for name, v in values.items()}
        return cls(**exact)


class Unusable(Exception):  # noqa: N818 - it says what the film is
    """The film itself cannot be made into a ladder, however often it is tried; the text says why."""


def rungs_of(source: Source) -> tuple[Rung, ...]:
    """Return the rungs of a film: none has more lines than it; the lowest is always there, with the film's own lines.

    Lines are counted along the shorter side, so that a film held upright has the rungs of the same film lying down.
    """
    lines = min(source.width, source.height)
    lowest = RUNGS[0]
    return tuple(rung for rung in RUNGS if rung.lines <= lines) or (Rung(lowest.label, lines, lowest.most_bits),)


def size_of(source: Source, rung: Rung) -> tuple[int, int]:
    """Return width and height of a rung's picture: the film's shape, in the even numbers that H.264 wants."""
    scale = Fraction(min(rung.lines, source.width, source.height), min(source.width, source.height))
    return _even(source.width * scale), _even(source.height * scale)


def part_count(source: Source, part: int = PART, segment: int = SEGMENT) -> int:
    """Return how many parts a film has; what is left over at its end and shorter than a quarter segment is no part."""
    whole = source.seconds - Fraction(segment, 4)
    return max(1, -int(-whole // part))


def _even(pixels: Fraction) -> int:
    return max(2, 2 * round(pixels / 2))
