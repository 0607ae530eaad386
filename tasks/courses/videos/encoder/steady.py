"""Puts the frames of a part in order: when each is shown, for how long, and where a segment begins."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Frame = TypeVar("Frame")


@dataclass(frozen=True)
class Shot(Generic[Frame]):
    """A frame, from when it is shown and for how long (seconds from the film's first picture)."""

    time: Fraction
    seconds: Fraction
    frame: Frame
    begins: bool


@dataclass(frozen=True)
class Span:
    """From where to where a part goes, in seconds, and how long its segments are; `is_last` ends with the film."""

    start: Fraction
    end: Fraction
    segment: int
    is_last: bool

    @property
    def patience(self) -> Fraction:
        """How late a segment may begin: a quarter of its length."""
        return Fraction(self.segment, 4)


def steady(frames: Iterable[tuple[Fraction, Frame]], span: Span) -> Iterator[Shot[Frame]]:
    """Yield the shots of a part, each frame at its own time.

    A segment begins with the first frame at its border or up to a quarter of its length later; where none comes, the
    one that stands there is shown again at the border. So segments begin alike in all rungs, and are never longer than
    a quarter more. A part that ends knows by the same rule where the next one begins, so that none leaves a gap. Frames
    have to be in order, from the border of the part or before it up to at least one after it, or the film's end.
    """
    before: tuple[Fraction, Frame, bool] | None = None
    for time, frame, begins in _ordered(frames, span):
        if before:
            yield Shot(before[0], time - before[0], before[1], before[2])
        if frame is None:
            return
        before = (time, frame, begins)


def _ordered(frames: Iterable[tuple[Fraction, Frame]], span: Span) -> Iterator[tuple[Fraction, Frame | None, bool]]:
    """Yield (time, frame, whether it begins a segment), and at last the end of the part with no frame."""
    border, stands, last = span.start, None, None
    for time, frame in frames:
        if time < span.start:
            stands = frame
            continue
        if last is not None and time <= last:
            continue
        while border < span.end and time > border + span.patience and _has_room(border, span):
            if stands is not None:
                yield border, stands, True
            border += span.segment
        if time >= span.end:
            yield (time if not span.is_last and time <= span.end + span.patience else span.end), None, False
            return
        begins = time >= border
        while border <= time:
            border += span.segment
        yield time, frame, begins
        stands, last = frame, time
    while stands is not None and border < span.end and _has_room(border, span):
        yield border, stands, True
        border += span.segment
    yield span.end, None, False


def _has_room(border: Fraction, span: Span) -> bool:
    """Tell whether a segment that begins at a border is worth one: the film's last moments belong to the one before."""
    return not span.is_last or border == span.start or border + span.patience < span.end
